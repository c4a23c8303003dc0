/**
 * Takes from a file's tags what the details show. Tags are untrusted: what makes no sense counts as unknown. The place
 * is not among them.
 */
import { clean } from './text.js';

/**
 * A wall clock: the numbers that the camera showed, never converted.
 * @typedef {{ year: number, month: number, day: number, hour: number, minute: number, second: number }} WallClock
 */

/**
 * @typedef {object} Facts
 * @property {{ clock: WallClock, offset: number | null } | null} taken  `offset`: minutes east of UTC
 * @property {string | null} camera
 * @property {string | null} lens
 * @property {number | null} exposure  seconds
 * @property {number | null} aperture  the f-number
 * @property {number | null} iso
 * @property {number | null} focalLength  millimetres
 * @property {number | null} focalLength35  millimetres, for the same view on 35 mm film
 * @property {string | null} author
 * @property {string | null} copyright
 */

/** A tag as the reader returns it. @typedef {{ value?: unknown, description?: unknown }} Tag */
/** @typedef {Record<string, Tag | undefined>} Group */
/** @typedef {{ exif?: Group, iptc?: Group, xmp?: Group, pngText?: Group }} Tags */

/** Longest texts, characters. */
const NAME = 120;
const WORDS = 400;

/** The tags that are read; nothing else of a file is looked at. In the form of the reader's `includeTags`. */
export const WANTED = {
  exif: [
    'Make',
    'Model',
    'LensMake',
    'LensModel',
    'ExposureTime',
    'FNumber',
    'ISOSpeedRatings',
    'RecommendedExposureIndex',
    'FocalLength',
    'FocalLengthIn35mmFilm',
    'DateTimeOriginal',
    'DateTimeDigitized',
    'OffsetTimeOriginal',
    'OffsetTimeDigitized',
    'Artist',
    'Copyright',
  ],
  iptc: ['By-line', 'Copyright Notice'],
  xmp: ['creator', 'rights', 'Lens', 'DateTimeOriginal', 'DateCreated'],
  png: ['Author', 'Copyright'],
};

/**
 * @param {Tags} tags
 * @param {number} latestMs  no picture was taken later; milliseconds since 1970
 * @returns {Facts}
 */
export function factsOf({ exif = {}, iptc = {}, xmp = {}, pngText = {} }, latestMs) {
  return {
    taken: takenOf(exif, xmp, latestMs),
    camera: cameraOf(text(exif.Make, NAME), text(exif.Model, NAME)),
    lens: lensOf(exif, text(exif.LensModel, NAME) ?? text(xmp.Lens, NAME)),
    exposure: number(exif.ExposureTime, 1e-6, 1e6),
    aperture: number(exif.FNumber, 0.1, 1000),
    iso: isoOf(exif),
    focalLength: number(exif.FocalLength, 0.1, 1e5),
    focalLength35: number(exif.FocalLengthIn35mmFilm, 1, 1e5),
    author:
      text(exif.Artist, WORDS) ??
      text(xmp.creator, WORDS) ??
      text(iptc['By-line'], WORDS) ??
      text(pngText.Author, WORDS),
    copyright:
      text(exif.Copyright, WORDS) ??
      text(xmp.rights, WORDS) ??
      text(iptc['Copyright Notice'], WORDS) ??
      text(pngText.Copyright, WORDS),
  };
}

/** @param {Tag | undefined} tag @param {number} most */
const text = (tag, most) =>
  clean(isBytes(tag?.value) ? UTF8.decode(Uint8Array.from(tag.value)) : tag?.description, most);

/** Some cameras write words as bytes. */
const UTF8 = new TextDecoder();

/** @param {unknown} value @returns {value is number[]} */
const isBytes = (value) => Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number');

/**
 * @param {Tag | undefined} tag  a number, or a fraction as two numbers
 * @param {number} least @param {number} most
 */
function number(tag, least, most) {
  const value = tag?.value;
  const [over, under = 1] = Array.isArray(value) ? value : [value];
  if (typeof over !== 'number' || typeof under !== 'number') return null;
  const found = over / under;
  return found >= least && found <= most ? found : null;
}

/** What two bytes can't hold stands in a tag of its own (Exif 2.3, 4.6.5). @param {Group} exif */
function isoOf(exif) {
  const iso = number(exif.ISOSpeedRatings, 1, 1e8);
  return iso === 65_535 ? number(exif.RecommendedExposureIndex, 1, 1e8) : iso;
}

/** Words of a maker's legal name that nobody says. */
const LEGAL = new Set([
  'corporation',
  'corp',
  'company',
  'co',
  'ltd',
  'inc',
  'ag',
  'gmbh',
  'imaging',
  'optical',
  'camera',
]);

/** @param {string} word */
const plain = (word) => word.toLowerCase().replace(/[.,]/g, '');

/**
 * @param {string | null} make @param {string | null} model
 * @returns {string | null} both, with the maker's name once
 */
function cameraOf(make, model) {
  const maker = (make ?? '').split(' ').filter((word) => word !== '' && !LEGAL.has(plain(word)));
  if (model === null) return maker.join(' ') || make;
  const first = plain(model.split(' ')[0] ?? '');
  if (maker.some((word) => plain(word) === first)) return model;
  return [...maker, model].join(' ');
}

/**
 * @param {Group} exif @param {string | null} model
 * @returns {string | null} with its maker, unless that made the camera too
 */
function lensOf(exif, model) {
  // Cameras write dashes where they don't know the lens.
  if (model === null || !/[\p{L}\p{N}]/u.test(model)) return null;
  const make = text(exif.LensMake, NAME);
  return make === null || plain(make) === plain(text(exif.Make, NAME) ?? '') ? model : cameraOf(make, model);
}

/** `2025:01:14 18:31:07` in EXIF, `2025-01-14T18:31:07.5+05:30` in XMP, perhaps without seconds. */
const TIME = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d{1,2}:\d\d)?$/;
const OFFSET = /^([+-])(\d{1,2}):(\d\d)$/;
/** The order in which a picture's time is looked for is the catalog's, so both say the same. */
const TIMES = /** @type {const} */ ([
  ['exif', 'DateTimeOriginal', 'OffsetTimeOriginal'],
  ['exif', 'DateTimeDigitized', 'OffsetTimeDigitized'],
  ['xmp', 'DateTimeOriginal', null],
  ['xmp', 'DateCreated', null],
]);

/** @param {Group} exif @param {Group} xmp @param {number} latestMs */
function takenOf(exif, xmp, latestMs) {
  const groups = { exif, xmp };
  for (const [group, name, offsetName] of TIMES) {
    const match = TIME.exec(text(groups[group][name], NAME) ?? '');
    const clock = match && clockOf(match, latestMs);
    if (!clock) continue;
    return { clock, offset: offsetOf(match[7] ?? (offsetName ? text(exif[offsetName], NAME) : null)) };
  }
  return null;
}

/** @param {RegExpExecArray} match  of TIME @param {number} latestMs @returns {WallClock | null} null when it is no time */
function clockOf(match, latestMs) {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A day that does not exist, like 31 June, would be in another month, and 24:00 at another hour.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCHours() === hour;
  const inTime = year >= 1800 && date.getTime() <= latestMs;
  return exists && minute < 60 && second < 60 && inTime ? { year, month, day, hour, minute, second } : null;
}

/** @param {string | null} words @returns {number | null} minutes east of UTC */
function offsetOf(words) {
  if (words === 'Z') return 0;
  const match = OFFSET.exec(words ?? '');
  if (!match) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  // The easternmost time zone is 14 hours from UTC.
  if (minutes > 14 * 60 || Number(match[3]) > 59) return null;
  return match[1] === '-' && minutes > 0 ? -minutes : minutes;
}
