/**
 * The large view: PhotoSwipe, loaded when first needed. It shows a SlideList, whose slide indexes are PhotoSwipe's.
 */
import PhotoSwipe from 'photoswipe';
import 'photoswipe/style.css';
import { t } from '../i18n/index.js';
import { removals } from '../removals.js';
import { setLabel } from '../ui/dom.js';
import { Caption } from './caption.js';
import { Details } from './details.js';
import { ARROW, CLOSE, DELETE, DOWNLOAD, INFO, LINK, LOADING, PLAY, ZOOM } from './icons.js';
import { loadSlides } from './originals.js';
import { Slideshow } from './slideshow.js';

/** @typedef {import('../types').Picture} Picture */

/**
 * @typedef {object} Sources
 * @property {(picture: Picture) => string | null} small  the preview's blob URL, if it is kept
 * @property {(picture: Picture) => Promise<string | null>} large
 * @property {(picture: Picture, signal: AbortSignal) => Promise<string>} original  the signed URL of its file
 * @property {(picture: Picture) => string} place  its position in the gallery, in words; '' when unknown
 * @property {() => boolean} mayGrow  whether more pictures may follow the last one
 * @property {(picture: Picture) => void} download
 * @property {(picture: Picture) => void} share
 * @property {(picture: Picture) => Promise<boolean>} remove  whether the picture was deleted
 * @property {(picture: Picture) => Promise<boolean>} mayRemove
 * @property {() => void} undo
 * @property {(picture: Picture, slideIndex: number) => void} onMove
 * @property {() => void} onClose
 */

/** @typedef {{ close: () => void, grown: () => void }} Viewer */

/** Room for the caption and for the buttons, pixels. */
const CAPTION = 60;
const BAR = 60;

/** PhotoSwipe may have loaded slides up to this distance from the current one. */
const AROUND = 4;

/**
 * @param {import('./slide-list.js').SlideList} slides
 * @param {string} id  id of the first picture to show
 * @param {Sources} sources
 * @returns {Viewer}
 */
export function openViewer(slides, id, sources) {
  const reduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const viewer = new PhotoSwipe({
    index: slides.slideIndexOf(id),
    bgOpacity: 1,
    showHideAnimationType: reduced ? 'none' : 'fade',
    zoomAnimationDuration: reduced ? 0 : 240,
    loop: false,
    // The total is often unknown.
    counter: false,
    preload: [1, 2],
    wheelToZoom: true,
    returnFocus: false,
    closeSVG: CLOSE,
    zoomSVG: ZOOM,
    arrowPrevSVG: ARROW,
    arrowNextSVG: ARROW,
    // @ts-expect-error PhotoSwipe has such an option for each of its elements, but its types leave out this one.
    preloaderSVG: LOADING,
    closeTitle: t('close'),
    zoomTitle: t('viewer.zoom'),
    arrowPrevTitle: t('viewer.prev'),
    arrowNextTitle: t('viewer.next'),
    errorMsg: t('viewer.noShow'),
    paddingFn: ({ x }) => {
      const { right, bottom } = details.room(x);
      return { top: BAR, bottom: bottom || CAPTION, left: 0, right };
    },
  });
  const here = () => slides.at(viewer.currIndex);
  const details = new Details(
    removals.get,
    (picture, signal) => readDetails(sources, picture, signal),
    () => {
      viewer.element?.classList.toggle('has-details', details.open);
      viewer.updateSize(true);
    },
  );
  const caption = new Caption();
  /** @type {HTMLElement | null} */
  let player = null;
  const originals = loadSlides(viewer, sources);
  const slideshow = new Slideshow({
    index: () => viewer.currIndex,
    next: (slideIndex) => {
      if (!slides.at(slideIndex)) return sources.mayGrow() ? 'wait' : 'end';
      return originals.preload(slideIndex) ? 'ready' : 'wait';
    },
    goTo: (slideIndex) => viewer.goTo(slideIndex),
    onChange: (playing) => {
      if (player) setLabel(player, t(playing ? 'viewer.pause' : 'viewer.play'));
      viewer.element?.classList.toggle('is-playing', playing);
    },
  });

  viewer.addFilter('numItems', () => slides.end);
  viewer.addFilter('itemData', (data, slideIndex) => {
    const picture = slides.at(slideIndex);
    if (!picture) return data;
    return { w: picture.width, h: picture.height, picture };
  });

  /** @type {HTMLElement | null} */
  let remover = null;
  const moved = () => {
    // Indexes below the first are placeholders: go back if nothing is newer, else wait until the picture loads.
    if (viewer.currIndex < slides.offset && slides.atStart) {
      viewer.goTo(slides.offset);
      return;
    }
    const picture = here();
    if (!picture) return;
    details.show(picture);
    caption.show(picture, sources.place(picture));
    sources.onMove(picture, viewer.currIndex);
    const back = viewer.element?.querySelector('.pswp__button--arrow--prev');
    if (back instanceof HTMLButtonElement) back.disabled = viewer.currIndex <= slides.offset && slides.atStart;
    void sources.mayRemove(picture).then((may) => {
      if (remover && here() === picture) remover.hidden = !may;
    });
  };
  const refresh = () => {
    for (let slideIndex = viewer.currIndex - AROUND; slideIndex <= viewer.currIndex + AROUND; slideIndex += 1) {
      const old = viewer.contentLoader.getContentByIndex(slideIndex);
      viewer.refreshSlideContent(slideIndex);
      // PhotoSwipe drops it without destroying it.
      old?.destroy();
    }
  };
  const remove = async (/** @type {Picture} */ picture) => {
    slideshow.stop();
    if (!(await sources.remove(picture))) return;
    const slideIndex = slides.slideIndexOf(picture.id);
    if (slideIndex < 0) return;
    if (slides.pictures.length === 1) {
      viewer.close();
      return;
    }
    if (slideIndex === slides.end - 1 && viewer.currIndex === slideIndex) viewer.goTo(slideIndex - 1);
    slides.remove(picture.id);
    refresh();
  };
  const withHere = (/** @type {(picture: Picture) => void} */ act) => () => {
    const picture = here();
    if (picture) act(picture);
  };
  const acts = {
    download: withHere(sources.download),
    share: withHere(sources.share),
    remove: withHere((picture) => void remove(picture)),
    details: () => details.toggle(),
    play: () => slideshow.toggle(),
  };

  viewer.on('uiRegister', () => {
    const button = (
      /** @type {string} */ name,
      /** @type {string} */ title,
      /** @type {number} */ order,
      /** @type {string} */ svg,
      /** @type {() => void} */ onClick,
    ) =>
      viewer.ui?.registerElement({
        name,
        title,
        order,
        isButton: true,
        html: svg,
        onClick,
        onInit: (element) => {
          if (name === 'details') details.openBy(element);
          if (name === 'play') player = element;
          if (name !== 'remove') return;
          remover = element;
          element.hidden = true;
        },
      });
    button('download', t('download'), 16, DOWNLOAD, acts.download);
    button('share', t('share'), 15, LINK, acts.share);
    button('details', t('viewer.details'), 14, INFO, acts.details);
    button('remove', t('delete'), 13, DELETE, acts.remove);
    button('play', t('viewer.play'), 12, PLAY, acts.play);
    viewer.ui?.registerElement({
      name: 'caption',
      appendTo: 'root',
      order: 19,
      onInit: (element) => caption.fillInto(element),
    });
    viewer.ui?.registerElement({
      name: 'panel',
      appendTo: 'root',
      order: 20,
      onInit: (element) => details.fillInto(element),
    });
  });

  viewer.on('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey } = event.originalEvent;
    // An open dialog above the viewer handles the keys itself.
    if (document.querySelector('dialog[open]')) event.preventDefault();
    else if ((ctrlKey || metaKey) && key.toLowerCase() === 'z') sources.undo();
    else if (!ctrlKey && !metaKey && !altKey) {
      const act = key === 'Escape' && details.open ? acts.details : keys[key.length === 1 ? key.toLowerCase() : key];
      if (!act) return;
      // PhotoSwipe uses Z itself.
      event.preventDefault();
      act();
    }
  });
  /** @type {Record<string, () => void>} */
  const keys = {
    d: acts.download,
    l: acts.share,
    i: acts.details,
    s: acts.play,
    z: sources.undo,
    Delete: acts.remove,
    Backspace: acts.remove,
  };
  viewer.on('afterInit', () => viewer.on('change', moved));
  viewer.on('change', () => slideshow.moved());
  viewer.on('loadComplete', () => slideshow.proceed());
  // Whatever the person does to the picture ends the slideshow.
  for (const name of /** @type {const} */ (['wheel', 'beforeZoomTo', 'close'])) viewer.on(name, () => slideshow.stop());
  viewer.on('pointerDown', ({ originalEvent: { target } }) => {
    // The buttons lie over the picture. The one of the slideshow would start it anew.
    if (target instanceof Element && !target.closest('button')) slideshow.stop();
  });
  viewer.on('destroy', () => {
    slideshow.stop();
    details.stop();
    sources.onClose();
  });
  viewer.init();
  viewer.element?.setAttribute('aria-label', t('viewer.label'));
  viewer.element?.setAttribute('aria-modal', 'true');
  moved();
  return {
    // PhotoSwipe ignores `close` during the opening animation.
    close: () => (viewer.opener.isOpen ? viewer.close() : viewer.on('openingAnimationEnd', () => viewer.close())),
    // Neighbouring slides may have been empty until now.
    grown: () => {
      for (const slideIndex of [viewer.currIndex - 1, viewer.currIndex, viewer.currIndex + 1]) {
        const known = slides.at(slideIndex);
        const slide = viewer.mainScroll.itemHolders.find((holder) => holder.slide?.index === slideIndex)?.slide;
        if (known && slide && /** @type {any} */ (slide.data).picture !== known) viewer.refreshSlideContent(slideIndex);
      }
      moved();
      slideshow.proceed();
    },
  };
}

/**
 * @param {Sources} sources @param {Picture} picture @param {AbortSignal} signal
 * @returns {Promise<import('./metadata/facts.js').Facts | null>} null when the file's metadata make no sense
 */
async function readDetails(sources, picture, signal) {
  const [{ rangesOf, readFacts, Unreadable, xmpParser }, url] = await Promise.all([
    import('./metadata/read.js'),
    sources.original(picture, signal),
  ]);
  try {
    return await readFacts(rangesOf(url, signal), picture, xmpParser(new DOMParser()));
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
