/** Sizes, dates and spans as the reader's language writes them. */
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

/** @param {number} bytesPerSecond */
export function speed(bytesPerSecond) {
  return `${size(bytesPerSecond)}/s`;
}

/** @param {number} seconds  rounded so that it does not flicker */
export function span(seconds) {
  const [value, unit] =
    seconds < 55
      ? [Math.max(5, Math.ceil(seconds / 5) * 5), 'second']
      : seconds < 3300
        ? [Math.ceil(seconds / 60), 'minute']
        : [Math.ceil(seconds / 3600), 'hour'];
  return new Intl.NumberFormat(currentLanguage(), { style: 'unit', unit: String(unit), unitDisplay: 'short' }).format(Number(value));
}

/** @param {Date} date @param {Date} now @returns {string} a header for a day */
export function day(date, now) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const days = Math.round((midnight - date.getTime()) / 86_400_000);
  if (days === 0) return t('today');
  if (days === 1) return t('yesterday');
  const sameYear = date.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(currentLanguage(), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(date);
}

/** @param {Date} date */
export function moment(date) {
  return new Intl.DateTimeFormat(currentLanguage(), { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}
