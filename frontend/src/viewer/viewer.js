/**
 * The large view: PhotoSwipe, loaded when first needed. The address names the picture (`#i/<id>`), so that Back closes it and the
 * link can be sent to others.
 */
import PhotoSwipe from 'photoswipe';
import 'photoswipe/style.css';
import { moment, size } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { make } from '../ui/dom.js';

/** @typedef {import('../types').Picture} Picture */

/**
 * @typedef {object} Sources
 * @property {() => Picture[]} pictures
 * @property {(picture: Picture) => string | null} small  the small version's address, if it is known
 * @property {(picture: Picture) => Promise<string | null>} large
 * @property {(picture: Picture) => void} download
 * @property {(index: number) => void} onMove
 * @property {() => void} onClose
 */

const DOWN = '<path d="M16 6v13m-5.5-5 5.5 5 5.5-5M8 25h16" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>';
const INFO = '<circle cx="16" cy="16" r="10" fill="none" stroke="#fff" stroke-width="2"/><path d="M16 15v6M16 11v.5" stroke="#fff" stroke-width="2.4" stroke-linecap="round"/>';

/**
 * @param {number} index
 * @param {Sources} sources
 * @returns {{ close: () => void }}
 */
export function openViewer(index, sources) {
  const reduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const viewer = new PhotoSwipe({
    index,
    bgOpacity: 0.96,
    showHideAnimationType: reduced ? 'none' : 'fade',
    loop: false,
    preload: [1, 2],
    wheelToZoom: true,
    returnFocus: false,
    closeTitle: t('close'),
    zoomTitle: t('viewer.zoom'),
    arrowPrevTitle: t('viewer.prev'),
    arrowNextTitle: t('viewer.next'),
    errorMsg: t('viewer.noShow'),
    paddingFn: (viewport) => ({ top: 56, bottom: viewport.x < 600 ? 24 : 32, left: 0, right: 0 }),
  });
  const here = () => sources.pictures()[viewer.currIndex];

  viewer.addFilter('numItems', () => sources.pictures().length);
  viewer.addFilter('itemData', (data, at) => {
    const picture = sources.pictures()[at];
    if (!picture) return data;
    const small = sources.small(picture);
    return { w: picture.width, h: picture.height, alt: picture.filename, ...(small ? { msrc: small } : {}), picture };
  });
  // The address of the original is asked for when its slide comes near.
  viewer.on('contentLoad', (event) => {
    const { content } = event;
    const picture = /** @type {Picture | undefined} */ (/** @type {any} */ (content.data).picture);
    if (!picture) return;
    event.preventDefault();
    const image = make('img', 'pswp__img');
    image.crossOrigin = 'anonymous';
    image.alt = picture.filename;
    image.decoding = 'async';
    content.element = image;
    content.state = 'loading';
    image.addEventListener('load', () => content.onLoaded());
    image.addEventListener('error', () => content.onError());
    void sources.large(picture).then((url) => {
      if (url === null) content.onError();
      else image.src = url;
    });
  });

  viewer.on('uiRegister', () => {
    viewer.ui?.registerElement({
      name: 'download',
      title: t('download'),
      order: 8,
      isButton: true,
      html: { isCustomSVG: true, inner: DOWN, outlineID: 'pswp-download' },
      onClick: () => {
        const picture = here();
        if (picture) sources.download(picture);
      },
    });
    viewer.ui?.registerElement({
      name: 'details',
      title: t('viewer.details'),
      order: 9,
      isButton: true,
      html: { isCustomSVG: true, inner: INFO, outlineID: 'pswp-details' },
      onClick: () => toggle(),
    });
    viewer.ui?.registerElement({
      name: 'panel',
      appendTo: 'root',
      order: 20,
      onInit: (element) => {
        panel = element;
        element.classList.add('viewer-panel');
        element.hidden = true;
        viewer.on('change', fill);
      },
    });
  });

  /** @type {HTMLElement | null} */
  let panel = null;
  const toggle = () => {
    if (!panel) return;
    panel.hidden = !panel.hidden;
    fill();
  };
  const fill = () => {
    const picture = here();
    if (!panel || panel.hidden || !picture) return;
    /** @type {[import('../i18n/index.js').Key, string][]} */
    const facts = [
      ['details.name', picture.filename],
      ['details.date', moment(new Date(picture.uploaded_at))],
      ['details.pixels', `${picture.width} × ${picture.height}`],
      ['details.size', size(picture.size)],
      ['details.type', picture.content_type.replace('image/', '').toUpperCase()],
    ];
    const list = make('dl', '', facts.flatMap(([key, value]) => [make('dt', '', [t(key)]), make('dd', '', [value])]));
    panel.replaceChildren(list);
  };

  viewer.on('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey } = event.originalEvent;
    if (ctrlKey || metaKey || altKey) return;
    const picture = here();
    if ((key === 'd' || key === 'D') && picture) sources.download(picture);
    else if (key === 'i' || key === 'I') toggle();
  });
  viewer.on('change', () => sources.onMove(viewer.currIndex));
  viewer.on('destroy', () => sources.onClose());
  viewer.init();
  viewer.element?.setAttribute('aria-label', t('viewer.label'));
  return { close: () => viewer.close() };
}
