/**
 * The large view: PhotoSwipe, loaded when first needed. It shows a Row, whose numbers are PhotoSwipe's indexes.
 */
import PhotoSwipe from 'photoswipe';
import 'photoswipe/style.css';
import { t } from '../i18n/index.js';
import { Details } from './details.js';
import { ARROW, CLOSE, DELETE, DOWNLOAD, INFO, LINK, ZOOM } from './icons.js';
import { bringOriginals } from './originals.js';

/** @typedef {import('../types').Picture} Picture */

/**
 * @typedef {object} Sources
 * @property {(picture: Picture) => string | null} small  the preview's URL, if known
 * @property {(picture: Picture) => Promise<string | null>} large
 * @property {(picture: Picture) => void} download
 * @property {(picture: Picture) => void} share
 * @property {(picture: Picture) => Promise<boolean>} remove  whether the picture was deleted
 * @property {(picture: Picture) => Promise<boolean>} mayRemove
 * @property {() => void} undo
 * @property {(picture: Picture, number: number) => void} onMove
 * @property {() => void} onClose
 */

/** @typedef {{ close: () => void, grown: () => void }} Viewer */

/** PhotoSwipe may have loaded slides up to this distance from the current one. */
const AROUND = 4;

/**
 * @param {import('./row.js').Row} row
 * @param {string} id  id of the first picture to show
 * @param {Sources} sources
 * @returns {Viewer}
 */
export function openViewer(row, id, sources) {
  const reduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const viewer = new PhotoSwipe({
    index: row.numberOf(id),
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
    closeTitle: t('close'),
    zoomTitle: t('viewer.zoom'),
    arrowPrevTitle: t('viewer.prev'),
    arrowNextTitle: t('viewer.next'),
    errorMsg: t('viewer.noShow'),
    paddingFn: (viewport) => ({ top: 60, bottom: viewport.x < 600 ? 24 : 32, left: 0, right: 0 }),
  });
  const details = new Details();
  const here = () => row.at(viewer.currIndex);

  viewer.addFilter('numItems', () => row.end);
  viewer.addFilter('itemData', (data, number) => {
    const picture = row.at(number);
    if (!picture) return data;
    return { w: picture.width, h: picture.height, picture };
  });
  bringOriginals(viewer, sources);

  /** @type {HTMLElement | null} */
  let remover = null;
  const moved = () => {
    // Numbers below the first are placeholders: go back if nothing is newer, else wait until the picture loads.
    if (viewer.currIndex < row.first && row.atStart) {
      viewer.goTo(row.first);
      return;
    }
    const picture = here();
    if (!picture) return;
    details.show(picture);
    sources.onMove(picture, viewer.currIndex);
    const back = viewer.element?.querySelector('.pswp__button--arrow--prev');
    if (back instanceof HTMLButtonElement) back.disabled = viewer.currIndex <= row.first && row.atStart;
    void sources.mayRemove(picture).then((may) => {
      if (remover && here() === picture) remover.hidden = !may;
    });
  };
  const refresh = () => {
    for (let number = viewer.currIndex - AROUND; number <= viewer.currIndex + AROUND; number += 1) {
      const old = viewer.contentLoader.getContentByIndex(number);
      viewer.refreshSlideContent(number);
      // PhotoSwipe drops it without destroying it.
      old?.destroy();
    }
  };
  const remove = async (/** @type {Picture} */ picture) => {
    if (!(await sources.remove(picture))) return;
    const number = row.numberOf(picture.id);
    if (number < 0) return;
    if (row.pictures.length === 1) {
      viewer.close();
      return;
    }
    if (number === row.end - 1 && viewer.currIndex === number) viewer.goTo(number - 1);
    row.remove(picture.id);
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
  };

  viewer.on('uiRegister', () => {
    const button = (
      /** @type {string} */ name,
      /** @type {string} */ title,
      /** @type {number} */ order,
      /** @type {string} */ inner,
      /** @type {() => void} */ onClick,
    ) =>
      viewer.ui?.registerElement({
        name,
        title,
        order,
        isButton: true,
        html: { isCustomSVG: true, inner, outlineID: `pswp-${name}` },
        onClick,
        onInit: (element) => {
          if (name === 'details') details.button = element;
          if (name !== 'remove') return;
          remover = element;
          element.hidden = true;
        },
      });
    button('download', t('download'), 16, DOWNLOAD, acts.download);
    button('share', t('share'), 15, LINK, acts.share);
    button('details', t('viewer.details'), 14, INFO, acts.details);
    button('remove', t('delete'), 13, DELETE, acts.remove);
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
      const act = keys[key.length === 1 ? key.toLowerCase() : key];
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
    z: sources.undo,
    Delete: acts.remove,
    Backspace: acts.remove,
  };
  viewer.on('afterInit', () => viewer.on('change', moved));
  viewer.on('destroy', () => sources.onClose());
  viewer.init();
  viewer.element?.setAttribute('aria-label', t('viewer.label'));
  viewer.element?.setAttribute('aria-modal', 'true');
  moved();
  return {
    // PhotoSwipe ignores `close` during the opening animation.
    close: () => (viewer.opener.isOpen ? viewer.close() : viewer.on('openingAnimationEnd', () => viewer.close())),
    // Neighbouring slides may have been empty until now.
    grown: () => {
      for (const number of [viewer.currIndex - 1, viewer.currIndex, viewer.currIndex + 1]) {
        const known = row.at(number);
        const slide = viewer.mainScroll.itemHolders.find((holder) => holder.slide?.index === number)?.slide;
        if (known && slide && /** @type {any} */ (slide.data).picture !== known) viewer.refreshSlideContent(number);
      }
      moved();
    },
  };
}
