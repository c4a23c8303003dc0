/** Connects the viewer to the page's URL and to the grid. */
import { api } from '../api.js';
import { timeOf } from '../gallery/stretch.js';
import { addressOf, pictureIn } from '../gallery/tile.js';
import { t } from '../i18n/index.js';
import { say, toast } from '../ui/say.js';
import { explain } from '../ui/words.js';
import { SlideList } from './slide-list.js';

/** @typedef {import('../types').Picture} Picture */

const NAME = document.title;
/** Load more when an end of the list is nearer than this, in pictures. */
const NEAR = 8;

/**
 * @typedef {object} Actions
 * @property {(pictures: Picture[]) => void} download
 * @property {(picture: Picture) => void} share
 * @property {(pictures: Picture[]) => Promise<boolean>} remove
 * @property {(pictures: Picture[]) => Promise<Picture[]>} removable
 * @property {() => void} undo
 */

export class ViewerControl {
  /**
   * @param {import('../gallery/store.js').Store} store
   * @param {import('../gallery/previews.js').Previews} previews
   * @param {import('../gallery/view.js').GalleryView} grid
   * @param {Actions} actions
   */
  constructor(store, previews, grid, actions) {
    this.store = store;
    this.previews = previews;
    this.grid = grid;
    this.actions = actions;
    /** @type {import('./viewer.js').Viewer | null} */
    this.viewer = null;
    this.opening = false;
    /** The id of the last picture shown. @type {string | null} */
    this.shown = null;
    addEventListener('popstate', () => void this.follow());
  }

  /** @param {Picture} picture */
  open(picture) {
    history.pushState({ viewer: true }, '', addressOf(picture.id));
    void this.follow();
  }

  /** Opens the picture that the URL names, or closes the viewer. */
  async follow() {
    const id = pictureIn(location.pathname);
    if (id === null) {
      this.viewer?.close();
      return;
    }
    if (this.viewer || this.opening) return;
    this.opening = true;
    try {
      const [{ openViewer }, slides] = await Promise.all([import('./viewer.js'), this.#slidesWith(id)]);
      // The person went back before the viewer was ready.
      if (pictureIn(location.pathname) !== id) return;
      this.#show(openViewer, slides, id);
    } catch (error) {
      toast(explain(error));
      this.#leave();
    } finally {
      this.opening = false;
    }
  }

  /** @param {string} id @returns {Promise<SlideList>} the list that contains the picture */
  async #slidesWith(id) {
    const { store } = this;
    if (store.indexOf(id) < 0) {
      const picture = await api.picture(id);
      const index = await store.jump(timeOf(picture)).catch(() => -1);
      if (index >= 0 && store.indexOf(id) >= 0) this.grid.show(store.indexOf(id));
      // The picture may have been deleted between the two answers: show it for as long as storage has it.
      else return new SlideList([picture], true);
    }
    return new SlideList(store.items, store.atStart);
  }

  /** @param {typeof import('./viewer.js').openViewer} openViewer @param {SlideList} slides @param {string} id */
  #show(openViewer, slides, id) {
    const { store } = this;
    const viewer = openViewer(slides, id, {
      small: (picture) => this.previews.peek(picture.id),
      large,
      original,
      place: (picture) => this.#placeOf(picture),
      mayGrow: () => !store.atEnd && store.indexOf(id) >= 0,
      download: (picture) => this.actions.download([picture]),
      share: (picture) => this.actions.share(picture),
      undo: () => this.actions.undo(),
      remove: (picture) => this.actions.remove([picture]),
      mayRemove: async (picture) => (await this.actions.removable([picture])).length > 0,
      onMove: (picture, slideIndex) => {
        this.shown = picture.id;
        document.title = `${picture.filename} – ${NAME}`;
        say(picture.filename);
        if (pictureIn(location.pathname) !== picture.id) history.replaceState(history.state, '', addressOf(picture.id));
        if (slides.end - slideIndex < NEAR) void store.loadOlder();
        if (slideIndex - slides.offset < NEAR) void store.loadNewer();
      },
      onClose: () => {
        store.removeEventListener('changed', grow);
        this.#closed();
      },
    });
    const grow = () => {
      slides.grow(store.items, store.atStart);
      viewer.grown();
    };
    store.addEventListener('changed', grow);
    this.viewer = viewer;
  }

  /** @param {Picture} picture @returns {string} its position in the gallery; '' when unknown */
  #placeOf({ id }) {
    const { items, newerCount, total } = this.store;
    const index = this.store.indexOf(id);
    if (newerCount === null || index < 0) return '';
    const values = { place: newerCount + index + 1, total: newerCount + items.length };
    return t(total === null ? 'viewer.placeMore' : 'viewer.place', values);
  }

  #closed() {
    this.viewer = null;
    document.title = NAME;
    if (pictureIn(location.pathname) !== null) this.#leave();
    const index = this.store.indexOf(this.shown ?? '');
    if (index >= 0) this.grid.focus(index);
    else this.grid.focus(this.grid.firstInView());
  }

  #leave() {
    if (history.state?.viewer) history.back();
    else history.replaceState(null, '', '/');
  }
}

/** @param {Picture} picture @param {AbortSignal} [signal] @returns {Promise<string>} rejects when there is none */
async function original(picture, signal) {
  const url = (await api.downloads('original', [picture.ref], signal)).urls[picture.ref]?.url;
  if (url === undefined) throw new Error('The picture is gone');
  return url;
}

/** @param {Picture} picture @returns {Promise<string | null>} */
const large = (picture) => original(picture).catch(() => null);
