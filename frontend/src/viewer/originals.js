/**
 * Brings pictures into the viewer's slides, in PhotoSwipe's place: the small version at once where it is known, then the original,
 * whose address is asked for when its slide comes near. A heavy one waits until it is on show, and ends when it no longer is.
 */
import { isHeavy } from '../gallery/weight.js';

/** So long a heavy one is on show before it is fetched, milliseconds: who leafs through passes many. */
const LINGER_MS = 200;

/** @typedef {import('../types').Picture} Picture */
/** @typedef {NonNullable<import('photoswipe').default['currSlide']>['content']} Content */

/**
 * @param {import('photoswipe').default} viewer
 * @param {Pick<import('./viewer.js').Sources, 'small' | 'large'>} sources
 */
export function bringOriginals(viewer, sources) {
  /** @type {WeakMap<Content, Original>} */
  const originals = new WeakMap();
  viewer.on('contentLoad', (event) => {
    event.preventDefault();
    const { content } = event;
    const picture = /** @type {Picture | undefined} */ (/** @type {any} */ (content.data).picture);
    const original = new Original(content, picture, sources);
    originals.set(content, original);
    if (picture && (!isHeavy(picture) || content.index === viewer.currIndex)) original.begin();
  });
  viewer.on('contentActivate', ({ content }) => originals.get(content)?.begin(LINGER_MS));
  viewer.on('contentDeactivate', ({ content }) => originals.get(content)?.leave());
  viewer.on('contentDestroy', ({ content }) => originals.get(content)?.stop());
}

class Original {
  /** @param {Content} content @param {Picture | undefined} picture @param {Pick<import('./viewer.js').Sources, 'small' | 'large'>} sources */
  constructor(content, picture, sources) {
    this.content = content;
    this.picture = picture;
    this.sources = sources;
    this.image = document.createElement('img');
    this.image.className = 'pswp__img';
    this.image.decoding = 'async';
    this.image.alt = '';
    /** Told apart from the small version's by it. @type {string | null} */
    this.address = null;
    /** What was begun last and not stopped since. @type {object | null} */
    this.turn = null;
    this.image.addEventListener('load', () => this.#isThere() && content.onLoaded());
    this.image.addEventListener('error', () => this.#isThere() && content.onError());
    this.#enter();
    this.#showSmall();
  }

  /** Into its slide, also where the word of an error stands. */
  #enter() {
    const { content } = this;
    const again = content.isAttached;
    if (again) content.remove();
    content.element = this.image;
    if (!this.picture) return;
    content.state = 'loading';
    if (!again) return;
    content.append();
    content.slide?.updateContentSize(true);
  }

  #showSmall() {
    const small = this.picture ? this.sources.small(this.picture) : null;
    if (small === null) this.image.removeAttribute('src');
    else this.#set(small);
  }

  /** @param {string} address */
  #set(address) {
    // Not before there is something to show: without it the browser writes these words over the page.
    this.image.alt = this.picture?.filename ?? '';
    // As in the grid (gallery/tile.js): what is in the cache without CORS could not be fetched with it later.
    this.image.crossOrigin = address.startsWith('blob:') ? null : 'anonymous';
    this.image.src = address;
  }

  #isThere() {
    return this.address !== null && this.image.getAttribute('src') === this.address;
  }

  /** @param {number} [after]  milliseconds */
  begin(after = 0) {
    if (this.turn !== null || !this.picture) return;
    const turn = {};
    this.turn = turn;
    setTimeout(() => void this.#fetch(turn), after);
  }

  /** @param {object} turn */
  async #fetch(turn) {
    if (this.turn !== turn || !this.picture) return;
    const address = await this.sources.large(this.picture);
    if (this.turn !== turn) return;
    this.address = address;
    if (address === null) this.content.onError();
    else this.#set(address);
  }

  /** It is not on show any more. */
  leave() {
    if (this.picture && isHeavy(this.picture)) this.stop();
  }

  /** Ends what is under way; `begin` begins anew. */
  stop() {
    if (this.content.state !== 'loading') return;
    this.turn = null;
    this.address = null;
    this.#showSmall();
  }
}
