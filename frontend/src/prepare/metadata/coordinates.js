/**
 * Tells whether a free text holds coordinates. Numbers alone are not enough: an aperture and a focal length, a version
 * or a colour are no place. Every repetition is bounded, so each pattern takes linear time.
 */

/** Longest text that is looked at, characters. */
const LONGEST = 4 * 1024 * 1024;

const PATTERNS = [
  // ISO 6709: +48.8584+002.2945/. Dates in paths look alike, so a fraction or minutes are asked for, and it stands alone.
  /(?<![\w/.-])(?=[+-]\d{2,6}(?:\.\d|[+-]\d{3,7}\.\d)|[+-]\d{4,6}[+-]\d{5,7})[+-](?:[0-8]\d|90)(?:[0-5]\d){0,2}(?:\.\d{1,12})?[+-](?:0\d\d|1[0-7]\d|180)(?:[0-5]\d){0,2}(?:\.\d{1,12})?(?:[+-]\d{1,6}(?:\.\d{1,12})?)?(?:CRS\w{1,12})?\//,
  // 48.8584 N, 2.2945 E and N 48.8584 E 2.2945, also with a degree sign or a decimal comma
  /\d{1,3}[.,]\d{1,12}\s{0,2}[°º]?\s{0,2}[NS][\s,;/|]{0,5}\d{1,3}[.,]\d{1,12}\s{0,2}[°º]?\s{0,2}[EWO]\b/,
  /\b[NS]\s{0,2}\d{1,3}[.,]\d{2,12}[°º]?[\s,;/|]{1,5}[EWO]\s{0,2}\d{1,3}[.,]\d{2,12}/,
  // 48°51'30.2"N
  /\d{1,3}\s{0,2}(?:°|º|deg)\s{0,2}\d{1,2}(?:[.,]\d{1,10})?\s{0,2}(?:['’′]|min)\s{0,2}(?:\d{1,2}(?:[.,]\d{1,10})?\s{0,2}(?:["”″]|''|sec)?)?\s{0,2}[NSEWO]\b/,
  /\b[NSEWO]\s{0,2}\d{1,3}\s{0,2}(?:°|º|deg)\s{0,2}\d{1,2}/,
  // N 48 51.502 E 002 17.669
  /\b[NS]\s{0,2}\d{1,2}[\s°]{1,2}\d{1,2}\.\d{1,8}'?[\s,;/|]{0,5}[EWO]\s{0,2}\d{1,3}[\s°]{1,2}\d{1,2}\.\d{1,8}/,
  // 48,51.5022N: as XMP writes them
  /\b\d{1,3},\d{1,2}(?:\.\d{1,10}|,\d{1,2})[NSEW]\b/,
  // geo:48.2,16.3 and the links of maps
  /(?:geo:|@|[?&](?:q|s?ll|loc|center|query|daddr)=)[+-]?\d{1,2}\.\d{2,15}(?:,|%2C|%2c)[+-]?\d{1,3}\.\d{2,15}/,
  // an Open Location Code
  /(?<![\w+])[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}(?!\w)/,
];

/** 48.85837, 2.294481: four decimals or more in both, about ten metres. */
const PAIRS =
  /(?<![\d.])([+-]?(?:[0-8]?\d|90)\.\d{4,15})\s{0,2}[°º]?[\s,;/|]{1,5}([+-]?(?:1[0-7]\d|\d{1,2}|180)\.\d{4,15})(?![\d.])/g;

/** A word for latitude or longitude, and the number behind it. */
const LATITUDE =
  /(?<![a-z])(?:gps[ _-]?)?lat(?:itude?|\.)?(?:ref)?["']?\s{0,3}[:=]?\s{0,3}["']?[NS+-]?\s{0,2}\d{1,2}(?!\d)/i;
const LONGITUDE =
  /(?<![a-z])(?:gps[ _-]?)?(?:lon(?:g(?:itude?)?)?|lng)\.?(?:ref)?["']?\s{0,3}[:=]?\s{0,3}["']?[EWO+-]?\s{0,2}\d{1,3}(?!\d)/i;
const PRECISE =
  /(?<![a-z])(?:gps[ _-]?)?(?:lat|lon|lng)[a-z]{0,8}["']?\s{0,3}[:=]?\s{0,3}["']?[NSEW+-]?\d{1,3}[.°]\d{3,15}/i;

/**
 * Whether a text holds coordinates that say what they are. Two bare numbers are not enough: settings of programs are full
 * of them.
 *
 * @param {string} text
 */
export function namesCoordinates(text) {
  const some = text.slice(0, LONGEST);
  if (PATTERNS.some((pattern) => pattern.test(some)) || PRECISE.test(some)) return true;
  return LATITUDE.test(some) && LONGITUDE.test(some);
}

/** Whether a text that people write holds coordinates, also as two bare numbers. @param {string} text */
export function holdsCoordinates(text) {
  // Two numbers below one are a colour or a weight. As a place, they would be in the sea off Africa.
  const isPlace = (/** @type {string[]} */ [, one, two]) => Math.abs(Number(one)) >= 1 || Math.abs(Number(two)) >= 1;
  return namesCoordinates(text) || [...text.slice(0, LONGEST).matchAll(PAIRS)].some(isPlace);
}

const utf8 = new TextDecoder();
const utf16 = { le: new TextDecoder('utf-16le'), be: new TextDecoder('utf-16be') };

/**
 * Looks for coordinates in text whose encoding nobody states.
 *
 * @param {Uint8Array} bytes
 * @param {(text: string) => boolean} [holds]
 */
export function bytesHoldCoordinates(bytes, holds = holdsCoordinates) {
  const text = bytes.subarray(0, LONGEST);
  if (holds(utf8.decode(text))) return true;
  if (!text.includes(0)) return holds(new TextDecoder('latin1').decode(text));
  return holds(utf16.le.decode(text)) || holds(utf16.be.decode(text));
}
