/**
 * Loads pictures into the viewer's slides, instead of PhotoSwipe: first the preview if known, then the original on top.
 * The original's URL is requested when its slide comes near. A heavy original loads only while it is on show.
 */
import { isHeavy } from '../gallery/weight.js';
import { t } from '../i18n/index.js';
import { make } from '../ui/dom.js';

/**
 * How long a heavy picture must be on show before it is fetched, milliseconds: someone browsing quickly passes many.
 */
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
    // A number without a picture is only a placeholder.
    if (!picture) return;
    originals.get(content)?.end();
    const original = new Original(content, picture, sources);
    originals.set(content, original);
    if (!isHeavy(picture) || content.index === viewer.currIndex) original.begin();
  });
  viewer.on('contentActivate', ({ content }) => originals.get(content)?.begin(LINGER_MS));
  viewer.on('contentDeactivate', ({ content }) => originals.get(content)?.leave());
  viewer.on('slideDestroy', ({ slide }) => {
    // Two quick moves destroy a slide without deactivating it. Its content may be reused for that number later.
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
  // PhotoSwipe removes its listeners on close before it destroys the slides.
  viewer.on('destroy', () => {
    for (const original of originals.values()) original.end();
  });
  // Reset the zoom, or the error text could lie outside the window.
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
  // PhotoSwipe treats only content that it loads itself as an image.
  viewer.addFilter('isContentZoomable', (_, content) => pictureOf(content.data) !== undefined);
}

/** @param {object} data  a slide's data @returns {Picture | undefined} */
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
    /** Whether the URL request failed. */
    this.unanswered = false;
    /** Identifies the load in progress; null when there is none. @type {object | null} */
    this.turn = null;
    this.#enter();
  }

  /** Puts the frame into its slide, and replaces an error text if there is one. */
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
      // Hide the preview, or it would show through transparent parts. Wait for the decoding, so that nothing flickers.
      // Keep the element: a finger may be on it.
      void image.decode().then(
        () => this.small?.classList.add('is-under'),
        () => undefined,
      );
    });
    this.frame.append(image);
  }

  /** Called when the slide is no longer on show. */
  leave() {
    if (isHeavy(this.picture)) this.end();
  }

  /** Stops loading; `begin` starts again. */
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
  // As in the grid: a response cached without CORS would make a later fetch fail.
  if (!address.startsWith('blob:')) image.crossOrigin = 'anonymous';
  image.alt = '';
  image.decoding = 'async';
  image.draggable = false;
  image.src = address;
  return image;
}
