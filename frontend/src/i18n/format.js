/** Formats sizes, dates and time spans in the reader's language. */
import { currentLanguage, t } from './index.js';

const UNITS = /** @type {const} */ (['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']);

/** @param {number} bytes */
export function size(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(currentLanguage(), {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && unit > 1 ? 1 : 0,
  }).format(value);
}

/** @param {string | null} mediaType  of a picture @returns {string} the format's name, or '' when it is unknown */
export function format(mediaType) {
  return mediaType === 'image/webp' ? 'WebP' : (mediaType ?? '').replace('image/', '').toUpperCase();
}

/** @param {number} bytesPerSecond */
export function speed(bytesPerSecond) {
  return `${size(bytesPerSecond)}/s`;
}

/** @param {number} seconds  rounded, so that the text does not flicker */
export function span(seconds) {
  const [value, unit] =
    seconds < 55
      ? [Math.max(5, Math.ceil(seconds / 5) * 5), 'second']
      : seconds < 3300
        ? [Math.ceil(seconds / 60), 'minute']
        : [Math.ceil(seconds / 3600), 'hour'];
  return new Intl.NumberFormat(currentLanguage(), { style: 'unit', unit: String(unit), unitDisplay: 'short' }).format(
    Number(value),
  );
}

/** @param {Date} date @param {Date} now @param {'long' | 'middle' | 'short'} form @returns {string} a heading for a day */
export function day(date, now, form) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const days = Math.round((midnight - date.getTime()) / 86_400_000);
  if (days === 0) return t('today');
  if (days === 1) return t('yesterday');
  const sameYear = date.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(currentLanguage(), {
    // Without a year, the weekday always fits.
    ...(form === 'short' && !sameYear ? {} : { weekday: form === 'long' ? 'long' : 'short' }),
    day: 'numeric',
    month: form === 'long' ? 'long' : 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(date);
}

/** @param {Date} date */
export function moment(date) {
  return new Intl.DateTimeFormat(currentLanguage(), { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** Cached for each language: creating a formatter costs more than using it. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} kind @param {Intl.DateTimeFormatOptions} options */
function formatOf(kind, options) {
  const key = `${currentLanguage()} ${kind}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(currentLanguage(), options);
  formats.set(key, format);
  return format;
}

/** @param {Date} value */
export function date(value) {
  return formatOf('date', { dateStyle: 'long' }).format(value);
}

/** @param {number} ms  since 1970 @returns {string} the time of day, up to the next whole minute */
export function clock(ms) {
  return formatOf('clock', { timeStyle: 'short' }).format(Math.ceil(ms / 60_000) * 60_000);
}

/** @param {string} name  YYYY-MM in UTC @returns {string} '' when the name is not valid */
export function month(name) {
  const time = Date.parse(`${name}-15T00:00:00Z`);
  return Number.isNaN(time) ? '' : formatOf('month', { month: 'short', year: 'numeric', timeZone: 'UTC' }).format(time);
}

/** @param {number} value @param {number} [digits]  at most so many after the decimal separator */
export function decimal(value, digits = 1) {
  return new Intl.NumberFormat(currentLanguage(), { maximumFractionDigits: digits, useGrouping: false }).format(value);
}

/**
 * @param {import('../viewer/metadata/facts.js').WallClock} clock
 * @returns {string} the camera's day and time, in no time zone
 */
export function wallClock({ year, month, day, hour, minute, second }) {
  const numbers = Date.UTC(year, month - 1, day, hour, minute, second);
  return formatOf('wall', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(numbers);
}

/** @param {number} minutes  east of UTC @returns {string} as in UTC+5:30 */
export function utcOffset(minutes) {
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}
