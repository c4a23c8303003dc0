/** Ties the viewer to the address and to the grid. */
import { api } from '../api.js';
import { explain } from '../ui/words.js';
import { toast } from '../ui/say.js';
import { t } from '../i18n/index.js';

/** @typedef {import('../types').Picture} Picture */

const MARK = '#i/';

export class ViewerControl {
  /**
   * @param {import('../gallery/store.js').Store} store
   * @param {import('../gallery/thumbs.js').Thumbs} thumbs
   * @param {import('../gallery/view.js').GalleryView} grid
   */
  constructor(store, thumbs, grid) {
    this.store = store;
    this.thumbs = thumbs;
    this.grid = grid;
    /** @type {{ close: () => void } | null} */
    this.open_ = null;
    this.opening = false;
    addEventListener('popstate', () => void this.follow());
  }

  /** @param {Picture} picture */
  open(picture) {
    history.pushState({ viewer: true }, '', `${MARK}${picture.id}`);
    void this.follow();
  }

  /** Shows what the address names, or closes. */
  async follow() {
    const id = location.hash.startsWith(MARK) ? location.hash.slice(MARK.length) : null;
    if (id === null) {
      this.open_?.close();
      return;
    }
    if (this.open_ || this.opening) return;
    this.opening = true;
    try {
      const { openViewer } = await import('./viewer.js');
      const index = this.store.indexOf(id);
      // A link to a picture that is not loaded shows it alone.
      const alone = index < 0 ? [await api.picture(id)] : null;
      const pictures = () => alone ?? this.store.items;
      this.open_ = openViewer(Math.max(0, index), {
        pictures,
        small: (picture) => this.thumbs.peek(picture),
        large,
        download: (picture) => void download(picture),
        onMove: (at) => {
          const picture = pictures()[at];
          if (!picture || location.hash === MARK + picture.id) return;
          history.replaceState(history.state, '', MARK + picture.id);
          if (!alone && pictures().length - at < 8) void this.store.more();
        },
        onClose: () => this.#closed(),
      });
    } catch (error) {
      toast(explain(error));
      this.#leave();
    } finally {
      this.opening = false;
    }
  }

  #closed() {
    this.open_ = null;
    const id = location.hash.startsWith(MARK) ? location.hash.slice(MARK.length) : null;
    if (id !== null) this.#leave();
    const index = this.store.indexOf(id ?? this.grid.current ?? '');
    if (index >= 0) this.grid.focus(index);
  }

  #leave() {
    if (history.state?.viewer) history.back();
    else history.replaceState(null, '', location.pathname + location.search);
  }
}

/** @param {Picture} picture @returns {Promise<string | null>} */
async function large(picture) {
  try {
    return (await api.downloads('original', [picture.ref])).urls[picture.ref]?.url ?? null;
  } catch {
    return null;
  }
}

/** @param {Picture} picture  saved under its own name, straight from storage */
export async function download(picture) {
  try {
    const { url } = await api.download(picture.id);
    const link = document.createElement('a');
    link.href = url;
    link.download = picture.filename;
    link.rel = 'noopener';
    link.click();
  } catch (error) {
    toast(`${t('error.download')} ${explain(error)}`);
  }
}
