// One script that defines `uppyHere`, for a page whose policy takes scripts from itself alone.
export default {
  build: {
    lib: { entry: 'page.js', formats: ['iife'], name: 'uppyTest', fileName: () => 'uppy.js' },
    emptyOutDir: false,
  },
  logLevel: 'warn',
};
