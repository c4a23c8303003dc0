/** Connects the parts of the page. */
import { api } from './api.js';
import { download, Removing } from './gallery/actions.js';
import { Addresses } from './gallery/addresses.js';
import { Gestures } from './gallery/gestures.js';
import { Previews, readFromStorage } from './gallery/previews.js';
import { Scrubber } from './gallery/scrubber.js';
import { Selection } from './gallery/selection.js';
import { Status } from './gallery/status.js';
import { Store } from './gallery/store.js';
import { Timeline } from './gallery/timeline.js';
import { Travel } from './gallery/travel.js';
import { GalleryView } from './gallery/view.js';
import { currentLanguage, plural, setLanguage, t, translate } from './i18n/index.js';
import { removable } from './rights.js';
import { enforce, rules } from './trusted.js';
import { keepsLocation, showShortcuts, wireDialogs } from './ui/dialogs.js';
import { byId } from './ui/dom.js';
import { openChooser, watchIntake } from './ui/intake.js';
import { Pickbar } from './ui/pickbar.js';
import { say } from './ui/say.js';
import { share, wireShare } from './ui/share.js';
import { Tray } from './ui/tray.js';
import { makeUploads } from './uploads.js';
import { ViewerControl } from './viewer/control.js';
import { MARKUP } from './viewer/icons.js';
import { PREPARE, ZIP } from './workers.js';

/** How often to look for other people's changes, milliseconds; a 304 costs almost nothing. */
const POLL_MS = 20_000;
/** Shortest time between two spoken progress messages, milliseconds. */
const SAY_MS = 8_000;

enforce(rules(MARKUP, [PREPARE, ZIP]));

const timeline = new Timeline(api.timeline);
const store = new Store(api, () => timeline.get());
const previews = new Previews(new Addresses(api.downloads), readFromStorage);
const selection = new Selection();
const uploads = makeUploads();
const { uploader } = uploads;
const grid = new GalleryView(byId('grid', HTMLDivElement), store, previews, selection, api.downloadLink);
const travel = new Travel(store, timeline, grid);
const removing = new Removing(store, selection);
const tray = new Tray(uploader, uploads.maxBytes, async (item) => {
  if (!(await uploads.regain(item))) openChooser();
});

const online = () => navigator.onLine !== false;
const status = new Status(store, online);

/** @typedef {import('./types').Picture} Picture */
const actions = {
  download: (/** @type {Picture[]} */ pictures) => void download(pictures),
  share,
  removable,
  remove: (/** @type {Picture[]} */ pictures) => removing.remove(pictures),
  undo: () => void removing.undo(),
};
const viewer = new ViewerControl(store, previews, grid, actions);
new Gestures(grid, store, selection, {
  ...actions,
  remove: (pictures) => void removing.remove(pictures),
  open: (picture) => viewer.open(picture),
  goTo: (end) => void travel.toEnd(end),
});
new Pickbar(selection, {
  ...actions,
  remove: (pictures) => void removing.remove(pictures).then((gone) => gone && grid.focus(grid.firstInView())),
  left: () => grid.focus(grid.firstInView()),
});
const scrubber = new Scrubber(byId('scrubber', HTMLDivElement), timeline, {
  timeInView: () => grid.timeInView(),
  go: (time) => void travel.toTime(time),
});

/** @param {File[]} files @param {Map<File, FileSystemFileHandle>} handles */
async function take(files, handles) {
  if (files.length === 0) return;
  say(plural('say.started', files.length));
  await uploads.take(files, { keepAll: keepsLocation(), handles });
}

watchIntake(take);
for (const id of ['add-button', 'empty-button']) byId(id, HTMLButtonElement).addEventListener('click', openChooser);

let lastSaid = 0;
uploader.addEventListener('done', (event) => {
  const item = /** @type {CustomEvent<import('./uploader/item.js').Item>} */ (event).detail;
  const { picture, prepared } = item;
  if (!picture) return;
  // Show the preview that this page made, never the file itself: no second transfer, no flicker.
  if (prepared?.preview) previews.put(picture.id, prepared.preview.blob);
  store.insert(picture);
  timeline.meet(picture);
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

byId('gallery', HTMLElement).addEventListener('keydown', (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || !(event.target instanceof Element)) return;
  // Ignore the buttons and the strip of months inside it.
  if (event.target.closest('button, .scrubber') !== null) return;
  if (event.key === '?') showShortcuts();
  else if (event.key === 'u' || event.key === 'U') openChooser();
  else return;
  event.preventDefault();
});

function speak() {
  document.documentElement.lang = currentLanguage();
  translate(document);
  status.translate();
  scrubber.render();
}

wireShare();
wireDialogs((language) => {
  setLanguage(language);
  speak();
  grid.translate();
  tray.render();
});
speak();
void store.loadOlder().then(() => viewer.follow());
// Not awaited: the pictures come first.
store.addEventListener('changed', () => void timeline.get().catch(() => undefined), { once: true });

/** Looks for pictures that others added or deleted. */
function poll() {
  if (document.visibilityState === 'visible' && online()) void store.refresh(false);
}
setInterval(poll, POLL_MS);
addEventListener('online', poll);
document.addEventListener('visibilitychange', poll);
