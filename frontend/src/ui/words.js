/** Explains errors, waits, and what was removed from a file, in the reader's language. */
import { clock, size } from '../i18n/format.js';
import { currentLanguage, t } from '../i18n/index.js';
import { HttpError, NetworkError, Refused, SignedOut } from '../net/errors.js';

/**
 * @param {import('../uploader/types').Waiting | 'otherTab'} why
 * @param {number | null} until  milliseconds since 1970; null when nobody knows
 * @returns {string} why an upload waits
 */
export function explainWait(why, until) {
  return t(`wait.${why}`, { time: clock(until ?? Date.now()) });
}

/**
 * @param {unknown} error
 * @param {{ maxBytes?: number }} [facts]
 * @returns {string}
 */
export function explain(error, { maxBytes = 0 } = {}) {
  if (error instanceof Refused) {
    return t(/** @type {import('../i18n/index.js').Key} */ (error.reason), { limit: size(maxBytes) });
  }
  if (error instanceof SignedOut) return t('error.signedOut');
  if (error instanceof NetworkError) return t('error.network');
  if (error instanceof HttpError) {
    if (error.status === 413) return t('error.tooLarge', { limit: size(maxBytes) });
    if (error.status === 401 || error.status === 403) return t('error.key');
    if (error.status === 404) return t('error.notFound');
    if (error.status === 429 || error.status === 503) return t('error.busy');
    if (error.status >= 500) return t('error.server');
    return t('error.other', { detail: error.message });
  }
  return t('error.other', { detail: error instanceof Error ? error.message : String(error) });
}

/**
 * @param {import('../types').Removed[]} removed  what was removed from a file
 * @returns {string} for example "location and video with location"
 */
export function listRemoved(removed) {
  return new Intl.ListFormat(currentLanguage()).format(removed.map((what) => t(`removed.${what}`)));
}

/** @param {import('../types').Removed[]} removed @returns {string} "location removed"; empty when nothing was removed */
export function explainRemoved(removed) {
  return removed.length > 0 ? t('removed', { things: listRemoved(removed) }) : '';
}
