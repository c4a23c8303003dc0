/** The settings, the list of shortcuts, and the dialog for the upload key. */
import { currentLanguage, LANGUAGES, t } from '../i18n/index.js';
import { adminToken, setAdminToken } from '../rights.js';
import { byId, createElement } from './dom.js';

const KEEP = 'vitrine.keepLocation';

/** @type {[string[], import('../i18n/index.js').Key][]} */
const SHORTCUTS = [
  [['← → ↑ ↓'], 'keys.move'],
  [['Page ↑', 'Page ↓'], 'keys.page'],
  [['Home', 'End'], 'keys.ends'],
  [['Enter'], 'keys.open'],
  [['Space'], 'keys.pick'],
  [['Shift', '← → ↑ ↓'], 'keys.range'],
  [['Ctrl', 'A'], 'keys.all'],
  [['D'], 'keys.download'],
  [['L'], 'keys.share'],
  [['Del'], 'keys.delete'],
  [['Z'], 'keys.undo'],
  [['I'], 'keys.details'],
  [['S'], 'keys.play'],
  [['U'], 'keys.add'],
  [['Esc'], 'keys.back'],
  [['?'], 'keys.help'],
];

/** @param {(language: string) => void} onLanguage */
export function wireDialogs(onLanguage) {
  const menu = byId('menu', HTMLDialogElement);
  const keep = byId('keep-location', HTMLInputElement);
  const language = byId('language', HTMLSelectElement);
  byId('menu-button', HTMLButtonElement).addEventListener('click', () => menu.showModal());
  for (const id of ['menu', 'keys', 'share', 'ask']) {
    const dialog = byId(id, HTMLDialogElement);
    // A click outside the sheet has the dialog element itself as its target.
    dialog.addEventListener('click', (event) => event.target === dialog && isBeside(dialog, event) && dialog.close());
  }
  keep.checked = stored() === 'yes';
  keep.addEventListener('change', () => {
    try {
      localStorage.setItem(KEEP, keep.checked ? 'yes' : 'no');
    } catch {
      // Then the setting lasts until the page is closed.
    }
  });
  const admin = byId('admin-token', HTMLInputElement);
  admin.value = adminToken();
  admin.addEventListener('change', () => setAdminToken(admin.value.trim()));
  for (const [tag, name] of Object.entries(LANGUAGES)) language.append(new Option(name, tag));
  language.value = currentLanguage();
  language.addEventListener('change', () => onLanguage(language.value));
  byId('keys-button', HTMLButtonElement).addEventListener('click', () => {
    menu.close();
    showShortcuts();
  });
}

function stored() {
  try {
    return localStorage.getItem(KEEP);
  } catch {
    return null;
  }
}

export function keepsLocation() {
  return byId('keep-location', HTMLInputElement).checked;
}

export function showShortcuts() {
  const list = byId('keys-list', HTMLDListElement);
  list.replaceChildren(
    ...SHORTCUTS.flatMap(([keys, words]) => [
      createElement(
        'dt',
        '',
        keys.map((key) => createElement('kbd', '', [key])),
      ),
      createElement('dd', '', [t(words)]),
    ]),
  );
  byId('keys', HTMLDialogElement).showModal();
}

/**
 * Asks for the upload key that this gallery requires.
 *
 * @param {boolean} again  whether the previous key was refused
 * @returns {Promise<string | null>} null when the person gave up
 */
export function askForKey(again) {
  const dialog = byId('key', HTMLDialogElement);
  const input = byId('key-input', HTMLInputElement);
  byId('key-error', HTMLParagraphElement).hidden = !again;
  input.value = '';
  return new Promise((resolve) => {
    let given = /** @type {string | null} */ (null);
    const submit = () => {
      given = input.value.trim() || null;
    };
    const form = byId('key-form', HTMLFormElement);
    const cancel = byId('key-cancel', HTMLButtonElement);
    const giveUp = () => dialog.close();
    form.addEventListener('submit', submit, { once: true });
    cancel.addEventListener('click', giveUp, { once: true });
    dialog.addEventListener(
      'close',
      () => {
        form.removeEventListener('submit', submit);
        cancel.removeEventListener('click', giveUp);
        resolve(given);
      },
      { once: true },
    );
    dialog.showModal();
  });
}

/** The previous question: all questions share one dialog, so they wait for each other. @type {Promise<unknown>} */
let asked = Promise.resolve();

/**
 * @param {string} question
 * @param {string} yes  label of the confirm button
 * @param {string} [no]  label of the other button
 * @returns {Promise<boolean>}
 */
export function askIf(question, yes, no = t('cancel')) {
  const answer = asked.then(() => ask(question, yes, no));
  // A question that fails must not block the next ones.
  asked = answer.catch(() => undefined);
  return answer;
}

/** @param {string} question @param {string} yes @param {string} no @returns {Promise<boolean>} */
function ask(question, yes, no) {
  const dialog = byId('ask', HTMLDialogElement);
  byId('ask-text', HTMLParagraphElement).textContent = question;
  byId('ask-yes', HTMLButtonElement).textContent = yes;
  byId('ask-no', HTMLButtonElement).textContent = no;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

/** @param {HTMLDialogElement} dialog @param {MouseEvent} event */
function isBeside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
