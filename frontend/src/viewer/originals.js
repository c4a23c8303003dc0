/**
 * Brings pictures into the viewer's slides, in PhotoSwipe's place: the small version where it is known, and over it the original,
 * whose address is asked for when its slide comes near. A heavy one waits until it is on show, and ends when it no longer is.
 */
import { isHeavy } from '../gallery/weight.js';
import { t } from '../i18n/index.js';
import { make } from '../ui/dom.js';

/** So long a heavy one is on show before it is fetched, milliseconds: who leafs through passes many. */
const LINGER_MS = 200;

/** @typedef {import('../types').Picture} Picture */
/** @typedef {NonNullable<import('photoswipe').default['currSlide']>['content']} Content */
/** @typedef {Pick<import('./viewer.js').Sources, 'small' | 'large'>} Sources */

/** @param {import('photoswipe').default} viewer @param {Sources} sources */
export function bringOriginals(viewer, sources) {
  /** @type {Map<Content, Original>} */
  const originals = new Map();
  viewer.on('contentLoad', (event) => {
    event.preventDefault();
    const { content } = event;
    const picture = pictureOf(content.data);
    // Numbers without a picture are only room.
    if (!picture) return;
    originals.get(content)?.end();
    const original = new Original(content, picture, sources);
    originals.set(content, original);
    if (!isHeavy(picture) || content.index === viewer.currIndex) original.begin();
  });
  viewer.on('contentActivate', ({ content }) => originals.get(content)?.begin(LINGER_MS));
  viewer.on('contentDeactivate', ({ content }) => originals.get(content)?.leave());
  viewer.on('slideDestroy', ({ slide }) => {
    // Two quick moves destroy a slide without having left it; its content may serve another one of that number later.
    slide.isActive = false;
    slide.holderElement?.setAttribute('aria-hidden', 'true');
    originals.get(slide.content)?.leave();
    if (!pictureOf(slide.data)) viewer.contentLoader.removeByIndex(slide.index);
  });
  viewer.on('lazyLoadSlide', (event) => {
    if (!pictureOf(event.itemData)) event.preventDefault();
  });
  viewer.on('contentDestroy', ({ content }) => {
    originals.get(content)?.end();
    originals.delete(content);
  });
  // When it closes PhotoSwipe forgets its listeners before it destroys the slides.
  viewer.on('destroy', () => {
    for (const original of originals.values()) original.end();
  });
  // The words must not lie outside of the window, where somebody had zoomed in before.
  viewer.on('loadError', ({ slide }) => {
    slide.currentResolution = 0;
    slide.zoomAndPanToInitial();
    slide.applyCurrentZoomPan();
    slide.updateContentSize(true);
  });
  viewer.addFilter('contentErrorElement', (element, content) => {
    if (originals.get(content)?.unanswered) element.textContent = t('viewer.noAnswer');
    return element;
  });
  // PhotoSwipe takes for pictures only what it loads itself.
  viewer.addFilter('isContentZoomable', (_, content) => pictureOf(content.data) !== undefined);
}

/** @param {object} data  of a slide @returns {Picture | undefined} */
const pictureOf = (data) => /** @type {{ picture?: Picture }} */ (data).picture;

class Original {
  /** @param {Content} content @param {Picture} picture @param {Sources} sources */
  constructor(content, picture, sources) {
    this.content = content;
    this.picture = picture;
    this.large = sources.large;
    const small = sources.small(picture);
    this.small = small === null ? null : imageOf(small);
    this.frame = make('div', 'viewer-frame', this.small ? [this.small] : []);
    this.frame.setAttribute('role', 'img');
    this.frame.setAttribute('aria-label', picture.filename);
    /** @type {HTMLImageElement | null} */
    this.image = null;
    /** Whether there was no address to be had. */
    this.unanswered = false;
    /** What was begun last and not ended since. @type {object | null} */
    this.turn = null;
    this.#enter();
  }

  /** Into its slide, in the place of the word of an error if that stands there. */
  #enter() {
    const { content } = this;
    content.element?.remove();
    content.element = this.frame;
    content.state = 'loading';
    if (content.isAttached) {
      content.isAttached = false;
      content.append();
    }
    content.slide?.updateContentSize(true);
  }

  /** @param {number} [after]  milliseconds */
  begin(after = 0) {
    if (this.turn !== null) return;
    const turn = {};
    this.turn = turn;
    setTimeout(() => void this.#fetch(turn), after);
  }

  /** @param {object} turn */
  async #fetch(turn) {
    if (this.turn !== turn) return;
    const address = await this.large(this.picture);
    if (this.turn !== turn) return;
    this.unanswered = address === null;
    if (address === null) {
      this.content.onError();
      return;
    }
    const image = imageOf(address);
    this.image = image;
    image.addEventListener('error', () => this.turn === turn && this.content.onError());
    image.addEventListener('load', () => {
      if (this.turn !== turn) return;
      this.content.onLoaded();
      // Nothing may shine through its transparent parts, nor be gone before it is painted. Where a finger is on it, it has to stay.
      void image.decode().then(
        () => this.small?.classList.add('is-under'),
        () => undefined,
      );
    });
    this.frame.append(image);
  }

  /** It is not on show any more. */
  leave() {
    if (isHeavy(this.picture)) this.end();
  }

  /** Ends what is under way; `begin` begins anew. */
  end() {
    if (this.content.state !== 'loading') return;
    this.turn = null;
    this.image?.removeAttribute('src');
    this.image?.remove();
    this.image = null;
  }
}

/** @param {string} address */
function imageOf(address) {
  const image = make('img', 'pswp__img');
  // As in the grid: what is in the cache without CORS could not be fetched with it later.
  if (!address.startsWith('blob:')) image.crossOrigin = 'anonymous';
  image.alt = '';
  image.decoding = 'async';
  image.draggable = false;
  image.src = address;
  return image;
}
