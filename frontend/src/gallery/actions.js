/** The actions on pictures, shared by the grid, the bar and the viewer. */
import { api } from '../api.js';
import { size } from '../i18n/format.js';
import { plural, t } from '../i18n/index.js';
import { isAbort } from '../net/abort.js';
import { deletionToken } from '../rights.js';
import { askIf } from '../ui/dialogs.js';
import { Job } from '../ui/job.js';
import { say, toast } from '../ui/say.js';
import { explain } from '../ui/words.js';
import { Removal } from './removal.js';

/** @typedef {import('../types').Picture} Picture */

/** @param {Picture[]} pictures  one is saved under its own name, several as a ZIP; straight from storage */
export async function download(pictures) {
  const [one] = pictures;
  if (!one) return;
  if (pictures.length > 1) {
    await downloadZip(pictures);
    return;
  }
  try {
    const { url } = await api.download(one.id);
    const link = document.createElement('a');
    link.href = url;
    link.download = one.filename;
    link.rel = 'noopener';
    link.click();
  } catch (error) {
    toast(`${t('error.download')} ${explain(error)}`);
  }
}

/** @param {Picture[]} pictures */
async function downloadZip(pictures) {
  const stop = new AbortController();
  const job = { card: /** @type {Job | null} */ (null) };
  const title = plural('zip.title', pictures.length);
  try {
    const { MOST_IN_MEMORY, saveZip } = await import('../zip/index.js');
    const missing = await saveZip(
      pictures,
      {
        name: `Vitrine ${new Date().toLocaleDateString('sv')}.zip`,
        listName: t('zip.listName'),
        listOf: (names) => `${t('zip.list')}\r\n\r\n${names.join('\r\n')}\r\n`,
        mayUseMemory: async (total) => {
          if (total > MOST_IN_MEMORY) {
            toast(t('zip.tooLarge', { limit: size(MOST_IN_MEMORY) }));
            return false;
          }
          return askIf(t('zip.memory', { size: size(total) }), t('download'));
        },
        begun: () => {
          job.card = new Job(title, () => stop.abort());
          say(title);
        },
        moved: (done, bytes, total) =>
          job.card?.show(
            total > 0 ? bytes / total : 1,
            `${t('tray.of', { done, files: pictures.length })} · ${size(bytes)} / ${size(total)}`,
          ),
      },
      stop.signal,
    );
    if (missing !== null) toast(missing > 0 ? plural('zip.missing', missing) : t('zip.done'));
  } catch (error) {
    if (stop.signal.aborted || isAbort(error)) say(t('zip.cancelled'));
    else toast(`${t('zip.failed')} ${explain(error)}`);
  } finally {
    job.card?.close();
  }
}

export class Removing {
  /**
   * @param {import('./store.js').Store} store
   * @param {import('./selection.js').Selection} selection
   */
  constructor(store, selection) {
    this.store = store;
    this.selection = selection;
    this.removal = new Removal({ deletionToken, remove: api.remove, restore: api.restore });
    this.busy = false;
  }

  /** @param {Picture[]} pictures @returns {Promise<boolean>} whether any were deleted */
  async remove(pictures) {
    if (this.busy) return false;
    this.busy = true;
    try {
      const { done, denied, failed, error } = await this.removal.remove(pictures);
      const ids = done.map(({ id }) => id);
      this.store.remove(ids);
      this.selection.drop(ids);
      const words = [];
      if (done.length > 0) words.push(plural('delete.done', done.length));
      if (denied.length > 0) words.push(plural('delete.denied', denied.length));
      if (failed.length > 0) words.push(`${plural('delete.failed', failed.length)} ${explain(error)}`);
      if (done.length > 0) toast(words.join(' '), { label: t('undo'), act: () => void this.undo() });
      else toast(words.join(' '));
      if (done.length > 0) void this.store.refresh(true);
      return done.length > 0;
    } finally {
      this.busy = false;
    }
  }

  async undo() {
    if (this.busy) return;
    this.busy = true;
    try {
      const outcome = await this.removal.undo();
      if (!outcome) {
        say(t('undo.nothing'));
        return;
      }
      for (const picture of outcome.done) this.store.insert(picture);
      const words = outcome.done.length > 0 ? [plural('undo.done', outcome.done.length)] : [];
      if (outcome.failed.length > 0) words.push(`${t('undo.failed')} ${explain(outcome.error)}`);
      toast(words.join(' ') || t('undo.failed'));
      if (outcome.done.length > 0) void this.store.refresh(true);
    } finally {
      this.busy = false;
    }
  }
}
