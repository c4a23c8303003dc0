/** Puts the page together. */
import { api } from './api.js';
import { showStatus } from './gallery/status.js';
import { Store } from './gallery/store.js';
import { Thumbs } from './gallery/thumbs.js';
import { GalleryView } from './gallery/view.js';
import { currentLanguage, plural, setLanguage, t, translate } from './i18n/index.js';
import { keepsLocation, showShortcuts, wireDialogs } from './ui/dialogs.js';
import { byId } from './ui/dom.js';
import { openChooser, watchIntake } from './ui/intake.js';
import { say } from './ui/say.js';
import { Tray } from './ui/tray.js';
import { makeUploads } from './uploads.js';
import { ViewerControl, download } from './viewer/control.js';

/** How often others' pictures are looked for, milliseconds; a 304 costs next to nothing. */
const POLL_MS = 20_000;
/** Progress is read out no more often than this. */
const SAY_MS = 8_000;

const store = new Store(api);
const thumbs = new Thumbs(api.downloads);
const uploads = makeUploads();
const { uploader } = uploads;
const grid = new GalleryView(byId('grid', HTMLDivElement), store, thumbs, {
  open: (picture) => viewer.open(picture),
  download: (picture) => void download(picture),
  link: api.downloadLink,
});
const viewer = new ViewerControl(store, thumbs, grid);
const tray = new Tray(uploader, uploads.maxBytes, async (item) => {
  if (!(await uploads.regain(item))) openChooser();
});

const online = () => navigator.onLine !== false;
const status = () => showStatus(store, online);
store.addEventListener('changed', status);
store.addEventListener('state', status);
for (const name of ['online', 'offline']) addEventListener(name, status);

/** @param {File[]} files @param {Map<File, FileSystemFileHandle>} handles */
async function take(files, handles) {
  if (files.length === 0) return;
  say(plural('say.started', files.length));
  await uploads.take(files, { keepAll: keepsLocation(), handles });
}

watchIntake(take);
for (const id of ['add-button', 'empty-button']) byId(id, HTMLButtonElement).addEventListener('click', () => openChooser());

let lastSaid = 0;
uploader.addEventListener('done', (event) => {
  const item = /** @type {CustomEvent<import('./uploader/item.js').Item>} */ (event).detail;
  const { picture, prepared } = item;
  if (!picture) return;
  // What was just sent is shown from here until the page is left: no second transfer, no flicker.
  if (prepared?.preview) thumbs.put(picture.id, URL.createObjectURL(prepared.preview.blob));
  store.insert(picture);
  const all = uploader.summary();
  if (all.left > 0 && Date.now() - lastSaid > SAY_MS) {
    lastSaid = Date.now();
    say(t('say.progress', { done: all.done, files: all.files }));
  }
});
uploader.addEventListener('settled', () => {
  const all = uploader.summary();
  const words = [];
  if (all.done > 0) words.push(plural('say.added', all.done));
  if (all.failed > 0) words.push(plural('say.failed', all.failed));
  if (words.length > 0) say(words.join(' '));
  if (all.done > 0) void store.refresh(true);
});
addEventListener('beforeunload', (event) => {
  if (!uploads.safe()) event.preventDefault();
});

addEventListener('keydown', (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector('dialog[open], .pswp--open')) return;
  // Single keys act only from the grid or from nowhere in particular, never over what a person types or operates.
  const inGrid = event.target === document.body || (event.target instanceof Element && event.target.closest('#gallery') !== null);
  if (!inGrid) return;
  if (event.key === '?') showShortcuts();
  else if (event.key === 'u' || event.key === 'U') openChooser();
  else return;
  event.preventDefault();
});

function speak() {
  document.documentElement.lang = currentLanguage();
  translate(document);
}

wireDialogs((language) => {
  setLanguage(language);
  speak();
  grid.translate();
  tray.render();
  status();
});
speak();
status();
void store.more().then(() => viewer.follow());
setInterval(() => {
  if (document.visibilityState === 'visible' && online()) void store.refresh(false);
}, POLL_MS);
addEventListener('online', () => void store.refresh(false));
