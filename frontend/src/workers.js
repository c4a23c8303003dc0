/** The URLs of the page's workers. No other script may become a worker (trusted.js). */
export { default as PREPARE } from './prepare/worker.js?worker&url';

// In the folder of its scope: browsers allow no wider scope.
export const ZIP_SCOPE = '/zip/';
export const ZIP = `${ZIP_SCOPE}worker.js`;
