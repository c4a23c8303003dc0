import { defineConfig } from 'vite';

import { licences } from './scripts/licences.mjs';

/**
 * The gateway serves dist/ under a policy that allows no inline script or style (script-src and style-src are 'self'), so
 * nothing may be inlined: no data: assets, no module-preload polyfill, workers as files of their own.
 */
export default defineConfig({
  plugins: [licences()],
  build: {
    target: ['chrome111', 'edge111', 'firefox114', 'safari16.4'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    manifest: true,
  },
  worker: { format: 'es' },
  css: {
    preprocessorOptions: {
      // Bootstrap 5.3 still uses @import and older colour functions; only its own files may stay silent about that.
      scss: { quietDeps: true, silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function'] },
    },
  },
});
