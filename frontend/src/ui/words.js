/** Explains errors in the reader's language. */
import { size } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { HttpError, NetworkError, Refused, SignedOut } from '../net/errors.js';

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
