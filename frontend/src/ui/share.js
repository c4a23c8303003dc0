/** Makes a link to one picture that lasts as long as the person chooses. */
import { api } from '../api.js';
import { moment } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { byId } from './dom.js';
import { say } from './say.js';
import { explain } from './words.js';

/** @typedef {import('../types').Picture} Picture */

/** @type {Picture | null} */
let shown = null;
let requestNumber = 0;

export function wireShare() {
  const dialog = byId('share', HTMLDialogElement);
  byId('share-for', HTMLSelectElement).addEventListener('change', () => void createLink());
  byId('share-copy', HTMLButtonElement).addEventListener('click', () => void copy());
  byId('share-link', HTMLInputElement).addEventListener('focus', (event) =>
    /** @type {HTMLInputElement} */ (event.target).select(),
  );
  dialog.addEventListener('close', () => {
    shown = null;
    requestNumber += 1;
  });
}

/** @param {Picture} picture */
export function share(picture) {
  shown = picture;
  byId('share-name', HTMLParagraphElement).textContent = picture.filename;
  byId('share', HTMLDialogElement).showModal();
  void createLink();
}

async function createLink() {
  if (!shown) return;
  const link = byId('share-link', HTMLInputElement);
  const button = byId('share-copy', HTMLButtonElement);
  const note = byId('share-note', HTMLParagraphElement);
  requestNumber += 1;
  const own = requestNumber;
  link.value = '';
  button.disabled = true;
  note.textContent = t('share.making');
  try {
    const { url, expires_at } = await api.share(shown.id, Number(byId('share-for', HTMLSelectElement).value));
    if (own !== requestNumber) return;
    link.value = url;
    button.disabled = false;
    note.textContent = t('share.until', { time: moment(new Date(expires_at)) });
  } catch (error) {
    if (own === requestNumber) note.textContent = explain(error);
  }
}

async function copy() {
  const link = byId('share-link', HTMLInputElement);
  const note = byId('share-note', HTMLParagraphElement);
  link.focus();
  link.select();
  try {
    await navigator.clipboard.writeText(link.value);
    note.textContent = t('share.copied');
    say(t('share.copied'));
  } catch {
    // Without a secure context there is no clipboard access: the link is selected, so that the person can copy it.
    note.textContent = t('share.byHand');
  }
}
