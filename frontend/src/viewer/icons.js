/** The viewer's icons as markup of our own: PhotoSwipe wants text. */
const stroke = 'fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';

export const DOWNLOAD = `<path d="M16 6v13m-5.5-5 5.5 5 5.5-5M8 25h16" ${stroke}/>`;
export const INFO = `<circle cx="16" cy="16" r="10" ${stroke}/><path d="M16 15v6M16 11v.5" ${stroke}/>`;
export const LINK = `<path d="M14 18.5a4.5 4.5 0 0 0 6.6.4l3.2-3.2a4.6 4.6 0 0 0-6.5-6.5l-1.6 1.6M18 13.5a4.5 4.5 0 0 0-6.6-.4l-3.2 3.2a4.6 4.6 0 0 0 6.5 6.5l1.6-1.6" ${stroke}/>`;
export const DELETE = `<path d="M8 10h16M13 10V7.5h6V10M10.5 10l1 14.5h9l1-14.5M14 14v6.5M18 14v6.5" ${stroke}/>`;
