/**
 * Loads pictures into the viewer's slides, instead of PhotoSwipe: first the preview if known, then the original on top.
 * The original's URL is requested when its slide comes near. A heavy original loads only while it is on show.
 */

import { t } from '../i18n/index.js';
import { createElement } from '../ui/dom.js';
import { isHeavy } from './weight.js';

/**
 * How long a heavy picture must be on show before it is fetched, milliseconds: someone browsing quickly passes many.
 */
const LINGER_MS = 200;

/** @typedef {import('../types').Picture} Picture */
/** @typedef {NonNullable<import('photoswipe').default['currSlide']>['content']} Content */
/** @typedef {Pick<import('./viewer.js').Sources, 'small' | 'large'>} Sources */

/**
 * @param {import('photoswipe').default} viewer @param {Sources} sources
 * @returns {{ preload: (slideIndex: number) => boolean }} loads a slide's picture, also a heavy one; returns whether it
 *   has loaded, or failed to
 */
export function loadSlides(viewer, sources) {
  /** @type {Map<Content, SlideLoader>} */
  const loaders = new Map();
  viewer.on('contentLoad', (event) => {
    event.preventDefault();
    const { content } = event;
    const picture = pictureOf(content.data);
    // A slide index without a picture is only a placeholder.
    if (!picture) return;
    loaders.get(content)?.cancel();
    const loader = new SlideLoader(content, picture, sources);
    loaders.set(content, loader);
    if (!isHeavy(picture) || content.index === viewer.currIndex) loader.load();
  });
  viewer.on('contentActivate', ({ content }) => loaders.get(content)?.load(LINGER_MS));
  viewer.on('contentDeactivate', ({ content }) => loaders.get(content)?.deactivate());
  viewer.on('slideDestroy', ({ slide }) => {
    // Two quick moves destroy a slide without deactivating it. Its content may be reused for that index later.
    slide.isActive = false;
    slide.holderElement?.setAttribute('aria-hidden', 'true');
    loaders.get(slide.content)?.deactivate();
    if (!pictureOf(slide.data)) viewer.contentLoader.removeByIndex(slide.index);
  });
  viewer.on('lazyLoadSlide', (event) => {
    if (!pictureOf(event.itemData)) event.preventDefault();
  });
  viewer.on('contentDestroy', ({ content }) => {
    loaders.get(content)?.cancel();
    loaders.delete(content);
  });
  // PhotoSwipe removes its listeners on close before it destroys the slides.
  viewer.on('destroy', () => {
    for (const loader of loaders.values()) loader.cancel();
  });
  // Reset the zoom, or the error text could lie outside the window.
  viewer.on('loadError', ({ slide }) => {
    slide.currentResolution = 0;
    slide.zoomAndPanToInitial();
    slide.applyCurrentZoomPan();
    slide.updateContentSize(true);
  });
  viewer.addFilter('contentErrorElement', (element, content) => {
    if (loaders.get(content)?.unanswered) element.textContent = t('viewer.noAnswer');
    return element;
  });
  // PhotoSwipe treats only content that it loads itself as an image.
  viewer.addFilter('isContentZoomable', (_, content) => pictureOf(content.data) !== undefined);
  return {
    preload: (slideIndex) => {
      const content = viewer.contentLoader.getContentByIndex(slideIndex);
      if (!content) return false;
      loaders.get(content)?.load();
      return content.state === 'loaded' || content.state === 'error';
    },
  };
}

/** @param {object} data  a slide's data @returns {Picture | undefined} */
const pictureOf = (data) => /** @type {{ picture?: Picture }} */ (data).picture;

class SlideLoader {
  /** @param {Content} content @param {Picture} picture @param {Sources} sources */
  constructor(content, picture, sources) {
    this.content = content;
    this.picture = picture;
    this.large = sources.large;
    const small = sources.small(picture);
    this.small = small === null ? null : imageOf(small);
    this.frame = createElement('div', 'viewer-frame', this.small ? [this.small] : []);
    this.frame.setAttribute('role', 'img');
    this.frame.setAttribute('aria-label', picture.filename);
    /** @type {HTMLImageElement | null} */
    this.image = null;
    /** Whether the URL request failed. */
    this.unanswered = false;
    /** Identifies the load in progress; null when nothing loads. @type {object | null} */
    this.loadId = null;
    this.#attach();
  }

  /** Puts the frame into its slide, and replaces an error text if there is one. */
  #attach() {
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
  load(after = 0) {
    if (this.loadId !== null) return;
    const loadId = {};
    this.loadId = loadId;
    setTimeout(() => void this.#fetch(loadId), after);
  }

  /** @param {object} loadId */
  async #fetch(loadId) {
    if (this.loadId !== loadId) return;
    const address = await this.large(this.picture);
    if (this.loadId !== loadId) return;
    this.unanswered = address === null;
    if (address === null) {
      this.content.onError();
      return;
    }
    const image = imageOf(address);
    this.image = image;
    image.addEventListener('error', () => this.loadId === loadId && this.content.onError());
    image.addEventListener('load', () => {
      if (this.loadId !== loadId) return;
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
  deactivate() {
    if (isHeavy(this.picture)) this.cancel();
  }

  /** Stops loading; `load` starts again. */
  cancel() {
    if (this.content.state !== 'loading') return;
    this.loadId = null;
    this.image?.removeAttribute('src');
    this.image?.remove();
    this.image = null;
  }
}

/** @param {string} address */
function imageOf(address) {
  const image = createElement('img', 'pswp__img');
  // As in the grid: a response cached without CORS would make a later fetch fail.
  if (!address.startsWith('blob:')) image.crossOrigin = 'anonymous';
  image.alt = '';
  image.decoding = 'async';
  image.draggable = false;
  image.src = address;
  return image;
}
