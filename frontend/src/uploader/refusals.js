/**
 * Tells which errors are final decisions about a file. All other errors are returned unchanged, to be retried or shown.
 */
import { HttpError, NetworkError, Refused } from '../net/errors.js';

/** 422: the file is not a picture. The others: this upload has ended. */
const DECIDED = [401, 403, 404, 410, 422];

/**
 * Translates an error from a service into its meaning for the file.
 *
 * @param {unknown} error
 * @returns {unknown} a Refused, or the unchanged error
 */
export function refusedByService(error) {
  if (!(error instanceof HttpError) || !DECIDED.includes(error.status)) return error;
  return new Refused(error.status === 422 ? 'error.notAnImage' : 'error.gone', error.problem?.detail ?? '');
}

/**
 * Translates an error from a PUT into its meaning for the file. Storage would repeat a 400 or 403 for the same request.
 * A file that can no longer be read looks like a lost connection.
 *
 * @param {unknown} error
 * @param {Blob} blob  what was sent
 * @returns {Promise<unknown>} a Refused, or the unchanged error
 */
export async function refusedByStorage(error, blob) {
  if (error instanceof HttpError && (error.status === 400 || error.status === 403)) {
    return new Refused('error.storageRefused', error.message);
  }
  if (error instanceof NetworkError && !(await isReadable(blob))) return new Refused('error.unreadable');
  return error;
}

/** @param {Blob} blob */
async function isReadable(blob) {
  try {
    await blob.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
