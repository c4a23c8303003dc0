/**
 * Translations. The browser's preference applies until the person chooses a language. Elements in the HTML name their
 * key in `data-t`.
 */
import { en } from './en.js';
import { ptBR } from './pt-BR.js';

/** @typedef {keyof typeof en} Key */

export const LANGUAGES = { en: 'English', 'pt-BR': 'Português' };
/** @type {Record<string, Record<Key, string>>} */
const WORDS = { en, 'pt-BR': ptBR };
const KEPT = 'vitrine.language';

let language = choose(kept(), globalThis.navigator?.languages ?? []);

/**
 * @param {string | null} wish  the person's choice
 * @param {readonly string[]} preferred  the browser's languages, best first
 */
export function choose(wish, preferred) {
  if (wish !== null && wish in WORDS) return wish;
  for (const tag of preferred) {
    if (/^pt\b/i.test(tag)) return 'pt-BR';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}

function kept() {
  try {
    return globalThis.localStorage?.getItem(KEPT) ?? null;
  } catch {
    return null;
  }
}

export function currentLanguage() {
  return language;
}

/** @param {string} next */
export function setLanguage(next) {
  if (!(next in WORDS)) return;
  language = next;
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // Private windows may refuse: then the choice lasts until the page is closed.
  }
}

/**
 * @param {Key} key
 * @param {Record<string, string | number>} [values]  put in place of {name}
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = (WORDS[language] ?? en)[key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;
  });
}

/**
 * @param {string} key  without its `.one` or `.other`
 * @param {number} count
 * @param {Record<string, string | number>} [values]
 */
export function plural(key, count, values = {}) {
  const form = new Intl.PluralRules(language).select(count) === 'one' ? 'one' : 'other';
  return t(/** @type {Key} */ (`${key}.${form}`), { count, ...values });
}

/** @param {ParentNode} root  its elements with `data-t`, `data-t-label` or `data-t-title` are translated */
export function translate(root) {
  for (const element of root.querySelectorAll('[data-t]')) {
    element.textContent = t(/** @type {Key} */ (element.getAttribute('data-t')));
  }
  for (const element of root.querySelectorAll('[data-t-label]')) {
    const words = t(/** @type {Key} */ (element.getAttribute('data-t-label')));
    element.setAttribute('aria-label', words);
    if (element.hasAttribute('title')) element.setAttribute('title', words);
  }
}
