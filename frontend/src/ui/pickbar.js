/** The actions on the chosen pictures. Replaces the bar while pictures are chosen. */
import { plural, t } from '../i18n/index.js';
import { byId } from './dom.js';
import { say } from './say.js';

/** @typedef {import('../types').Picture} Picture */

/** The count is read out after this long without a change, milliseconds. */
const REST_MS = 500;

export class Pickbar {
  /**
   * @param {import('../gallery/selection.js').Selection} selection
   * @param {{ download: (pictures: Picture[]) => void, share: (picture: Picture) => void, remove: (pictures: Picture[]) => void,
   *   removable: (pictures: Picture[]) => Promise<Picture[]>, left: () => void }} actions
   */
  constructor(selection, actions) {
    this.selection = selection;
    this.actions = actions;
    this.root = byId('pickbar', HTMLDivElement);
    this.count = byId('pick-count', HTMLParagraphElement);
    this.download = byId('pick-download', HTMLButtonElement);
    this.share = byId('pick-share', HTMLButtonElement);
    this.remove = byId('pick-delete', HTMLButtonElement);
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.resting = null;
    this.requestNumber = 0;
    selection.addEventListener('changed', () => this.render());
    byId('pick-button', HTMLButtonElement).addEventListener('click', () => {
      selection.start();
      byId('pick-close', HTMLButtonElement).focus();
    });
    byId('pick-close', HTMLButtonElement).addEventListener('click', () => {
      selection.clear();
      actions.left();
    });
    this.download.addEventListener('click', () => actions.download(selection.list()));
    this.share.addEventListener('click', () => {
      const [one] = selection.list();
      if (one) actions.share(one);
    });
    this.remove.addEventListener('click', () => actions.remove(selection.list()));
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      selection.clear();
      actions.left();
    });
  }

  render() {
    const { selection } = this;
    const was = !this.root.hidden;
    this.root.hidden = !selection.active;
    byId('bar', HTMLElement).classList.toggle('is-choosing', selection.active);
    if (!selection.active) {
      if (was) say(t('pick.none'));
      return;
    }
    const words = selection.size === 0 ? t('pick.some') : plural('pick.count', selection.size);
    this.count.textContent = words;
    this.download.disabled = selection.size === 0;
    this.share.hidden = selection.size !== 1;
    void this.#mayRemove();
    if (this.resting !== null) clearTimeout(this.resting);
    this.resting = setTimeout(() => say(words), REST_MS);
  }

  /** Shows the delete button if any of the chosen pictures may be deleted. */
  async #mayRemove() {
    this.requestNumber += 1;
    const own = this.requestNumber;
    const some = await this.actions.removable(this.selection.list());
    if (own === this.requestNumber) this.remove.hidden = some.length === 0;
  }
}
