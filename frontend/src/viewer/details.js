/** A panel with the details of the picture on show. A button or a key opens it. */
import { format, moment, size } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { createElement } from '../ui/dom.js';
import { listRemoved } from '../ui/words.js';

/** @typedef {import('../types').Picture} Picture */

export class Details {
  /** @param {(id: string) => Promise<import('../types').Removed[]>} removedFrom  what this browser removed from a picture */
  constructor(removedFrom) {
    this.removedFrom = removedFrom;
    /** @type {HTMLElement | null} */
    this.panel = null;
    /** @type {HTMLElement | null} */
    this.button = null;
    /** @type {Picture | null} */
    this.picture = null;
    /** What was removed from it. @type {import('../types').Removed[]} */
    this.removed = [];
    this.open = false;
  }

  /** @param {HTMLElement} panel */
  fillInto(panel) {
    this.panel = panel;
    panel.classList.add('viewer-panel');
    // Read out when the panel opens and when the picture changes.
    panel.setAttribute('role', 'status');
    this.#render();
  }

  toggle() {
    this.open = !this.open;
    this.#render();
  }

  /** @param {Picture} picture */
  show(picture) {
    this.picture = picture;
    this.removed = [];
    this.#render();
    void this.removedFrom(picture.id).then((removed) => {
      if (this.picture !== picture || removed.length === 0) return;
      this.removed = removed;
      this.#render();
    });
  }

  #render() {
    this.button?.setAttribute('aria-expanded', String(this.open));
    if (!this.panel) return;
    this.panel.hidden = !this.open;
    this.panel.replaceChildren(...(this.open && this.picture ? [factsOf(this.picture, this.removed)] : []));
  }
}

/** @param {Picture} picture @param {import('../types').Removed[]} removed */
function factsOf(picture, removed) {
  /** @type {[import('../i18n/index.js').Key, string][]} */
  const facts = [
    ['details.name', picture.filename],
    ['details.date', moment(new Date(picture.uploaded_at))],
    ['details.pixels', `${picture.width} × ${picture.height}`],
    ['details.size', size(picture.size)],
  ];
  if (picture.content_type !== null) facts.push(['details.type', format(picture.content_type)]);
  if (removed.length > 0) facts.push(['details.removed', listRemoved(removed)]);
  return createElement(
    'dl',
    '',
    facts.flatMap(([key, value]) => [createElement('dt', '', [t(key)]), createElement('dd', '', [value])]),
  );
}
