/** The line below the picture: its name, its date and its position. */
import { date } from '../i18n/format.js';
import { createElement } from '../ui/dom.js';

export class Caption {
  constructor() {
    this.name = createElement('span', 'viewer-caption-name');
    this.rest = createElement('span', 'viewer-caption-rest');
  }

  /** @param {HTMLElement} element */
  fillInto(element) {
    element.classList.add('viewer-caption');
    element.append(this.name, this.rest);
  }

  /** @param {import('../types').Picture} picture @param {string} place  its position; '' when unknown */
  show(picture, place) {
    this.name.textContent = picture.filename;
    this.rest.textContent = [date(new Date(picture.uploaded_at)), place].filter((words) => words !== '').join(' · ');
  }
}
