/** Which errors are decisions about the file. All others are returned as they are, to be tried again or shown. */
import { HttpError, NetworkError, Refused } from '../net/errors.js';

/** 422: not a picture. The others: this upload is over. */
const DECIDED = [401, 403, 404, 410, 422];

/**
 * What an error of a service means for the file.
 *
 * @param {unknown} error
 * @returns {unknown} a Refused, or the error itself
 */
export function refusedByService(error) {
  if (!(error instanceof HttpError) || !DECIDED.includes(error.status)) return error;
  return new Refused(error.status === 422 ? 'error.notAnImage' : 'error.gone', error.problem?.detail ?? '');
}

/**
 * What an error of a PUT means for the file: storage repeats 400 and 403 for the same request, and a file that can no longer be
 * read looks like a lost connection.
 *
 * @param {unknown} error
 * @param {Blob} blob  what was sent
 * @returns {Promise<unknown>} a Refused, or the error itself
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
