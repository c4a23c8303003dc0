/** The rows of the details, as photographers write them. What is unknown has no row. */
import { decimal, format, moment, size, utcOffset, wallClock } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { listRemoved } from '../ui/words.js';

/** @typedef {import('../types').Picture} Picture */
/** @typedef {import('./metadata/facts.js').Facts} Facts */
/** @typedef {[key: import('../i18n/index.js').Key, value: string]} Row */

/** Exposures up to this one are written as a fraction, seconds. */
const FRACTION = 0.25;

/**
 * @param {Picture} picture
 * @param {Facts | null} facts  from the file; null when they are not known
 * @param {import('../types').Removed[]} [removed]  what this browser removed from it
 * @returns {Row[]}
 */
export function rowsOf(picture, facts, removed = []) {
  /** @type {[import('../i18n/index.js').Key, string | false | null | undefined][]} */
  const rows = [
    ['details.name', picture.filename],
    ['details.taken', facts?.taken && taken(facts.taken)],
    ['details.date', moment(new Date(picture.uploaded_at))],
    ['details.camera', facts?.camera],
    ['details.lens', facts?.lens],
    ['details.exposure', facts && exposure(facts)],
    ['details.iso', facts?.iso && `ISO ${decimal(facts.iso, 0)}`],
    ['details.focalLength', facts && focalLength(facts)],
    ['details.size', size(picture.size)],
    ['details.pixels', `${picture.width} × ${picture.height}`],
    ['details.type', format(picture.content_type)],
    ['details.author', facts?.author],
    ['details.copyright', facts?.copyright],
    ['details.removed', removed.length > 0 && listRemoved(removed)],
  ].map(([key, value]) => [/** @type {Row[0]} */ (key), value || null]);
  return /** @type {Row[]} */ (rows.filter(([, value]) => value !== null));
}

/** @param {NonNullable<Facts['taken']>} taken */
const taken = ({ clock, offset }) => wallClock(clock) + (offset === null ? '' : ` (${utcOffset(offset)})`);

/** @param {Facts} facts @returns {string} as in 1/250 s, f/2.8 */
function exposure({ exposure: seconds, aperture }) {
  const words = [];
  if (seconds !== null) words.push(seconds <= FRACTION ? `1/${decimal(1 / seconds, 0)} s` : `${decimal(seconds)} s`);
  if (aperture !== null) words.push(`f/${decimal(aperture)}`);
  return words.join(' · ');
}

/** @param {Facts} facts @returns {string} as in 35 mm (50 mm in 35 mm terms) */
function focalLength({ focalLength: real, focalLength35: equal }) {
  if (equal === null || equal === real) return real === null ? '' : `${decimal(real)} mm`;
  const terms = t('details.in35', { length: decimal(equal, 0) });
  return real === null ? terms : `${decimal(real)} mm (${terms})`;
}
