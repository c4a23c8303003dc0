/** Our own icons for the viewer, as complete SVG elements in markup, because PhotoSwipe needs text. */
const stroke = 'fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';

/** @param {string} inner */
const whole = (inner) =>
  `<svg class="pswp__icn" aria-hidden="true" viewBox="0 0 32 32" width="32" height="32">${inner}</svg>`;

export const DOWNLOAD = whole(`<path d="M16 6v13m-5.5-5 5.5 5 5.5-5M8 25h16" ${stroke}/>`);
export const INFO = whole(`<circle cx="16" cy="16" r="10" ${stroke}/><path d="M16 15v6M16 11v.5" ${stroke}/>`);
export const LINK = whole(
  `<path d="M14 18.5a4.5 4.5 0 0 0 6.6.4l3.2-3.2a4.6 4.6 0 0 0-6.5-6.5l-1.6 1.6M18 13.5a4.5 4.5 0 0 0-6.6-.4l-3.2 3.2a4.6 4.6 0 0 0 6.5 6.5l1.6-1.6" ${stroke}/>`,
);
export const DELETE = whole(
  `<path d="M8 10h16M13 10V7.5h6V10M10.5 10l1 14.5h9l1-14.5M14 14v6.5M18 14v6.5" ${stroke}/>`,
);
/** Both; the style shows one of them. */
export const PLAY = whole(
  `<path class="viewer-play-start" d="M12 9v14l11-7z" ${stroke}/><path class="viewer-play-pause" d="M12.5 9v14M19.5 9v14" ${stroke}/>`,
);

export const CLOSE = whole(`<path d="m9 9 14 14M23 9 9 23" ${stroke}/>`);
/** PhotoSwipe mirrors it for the other side. */
export const ARROW = whole(`<path d="m19 8-8 8 8 8" ${stroke}/>`);
export const ZOOM = whole(
  `<circle cx="14.5" cy="14.5" r="8" ${stroke}/><path d="m20.5 20.5 5 5M11 14.5h7" ${stroke}/><path class="pswp__zoom-icn-bar-v" d="M14.5 11v7" ${stroke}/>`,
);
export const LOADING = whole(`<path d="M23 16a7 7 0 1 1-7-7" ${stroke}/>`);

/** All markup that the viewer needs. PhotoSwipe gives an element without content the empty string. */
export const MARKUP = ['', DOWNLOAD, INFO, LINK, DELETE, PLAY, CLOSE, ARROW, ZOOM, LOADING];
