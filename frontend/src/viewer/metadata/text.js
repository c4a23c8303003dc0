/** Makes text from a file harmless: anyone may have written it. */

/** Control characters; they become spaces, because files separate words with them. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
/** Characters that turn the direction of the text around them (Unicode UAX #9), lone surrogates and noncharacters. */
const HARMFUL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}\p{Noncharacter_Code_Point}]/gu;
const SPACES = /\s+/g;

/**
 * @param {unknown} value
 * @param {number} most  characters
 * @returns {string | null} null when nothing is left
 */
export function clean(value, most) {
  if (typeof value !== 'string') return null;
  // Whatever is cut away need not be looked at. A few characters more, because some are removed.
  const text = value
    .slice(0, most * 4)
    .normalize('NFC')
    .replace(CONTROL, ' ')
    .replace(HARMFUL, '')
    .replace(SPACES, ' ')
    .trim();
  const characters = [...text];
  if (characters.length > most) return `${characters.slice(0, most).join('').trimEnd()}…`;
  return text === '' ? null : text;
}
