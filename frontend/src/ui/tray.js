/** The upload card in the corner: total progress and one row for each file. */
import { size, span, speed } from '../i18n/format.js';
import { plural, t } from '../i18n/index.js';
import { isFinal } from '../net/errors.js';
import { askIf } from './dialogs.js';
import { byId, createElement, icon, iconButton, setIcon, setLabel } from './dom.js';
import { say } from './say.js';
import { explain, explainRemoved, explainWait } from './words.js';

/** @typedef {import('../uploader/item.js').Item} Item */

/** Most rows shown: a thousand files would need too many. */
const MOST_ROWS = 60;
const EVERY_MS = 120;
/** Order of the rows: first the files that need the person, then the active ones. */
const RANK = {
  asking: 0,
  needsFile: 0,
  failed: 1,
  sending: 2,
  confirming: 2,
  preparing: 3,
  waiting: 4,
  done: 5,
  cancelled: 9,
};

export class Tray {
  /**
   * @param {import('../uploader/uploader.js').Uploader} uploader
   * @param {() => number} maxBytes
   * @param {(item: Item) => void} regain  reads the file of an upload that an earlier page started
   */
  constructor(uploader, maxBytes, regain) {
    this.uploader = uploader;
    this.maxBytes = maxBytes;
    this.regain = regain;
    this.root = byId('tray', HTMLElement);
    this.title = byId('tray-title', HTMLHeadingElement);
    this.note = byId('tray-note', HTMLParagraphElement);
    this.bar = byId('tray-bar', HTMLProgressElement);
    this.question = byId('tray-question', HTMLDivElement);
    this.questionText = byId('tray-question-text', HTMLParagraphElement);
    this.list = byId('tray-list', HTMLUListElement);
    this.pause = byId('tray-pause', HTMLButtonElement);
    this.retry = byId('tray-retry', HTMLButtonElement);
    this.fold = byId('tray-fold', HTMLButtonElement);
    this.close = byId('tray-close', HTMLButtonElement);
    /** @type {Map<number, Row>} */
    this.rows = new Map();
    this.more = createElement('li', 'row-more');
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.timer = null;
    /** Whether screen readers were told that the disk is full. */
    this.toldFull = false;
    this.#open(matchMedia('(min-width: 480px)').matches);
    uploader.addEventListener('added', () => {
      this.root.hidden = false;
      this.later();
    });
    for (const name of ['changed', 'settled']) uploader.addEventListener(name, () => this.later());
    this.pause.addEventListener('click', () => (uploader.paused ? uploader.resume() : uploader.pause()));
    this.retry.addEventListener('click', () => uploader.retryAll());
    this.fold.addEventListener('click', () => this.#open(!this.root.classList.contains('is-open')));
    this.close.addEventListener('click', () => void this.#leave());
    byId('tray-send', HTMLButtonElement).addEventListener('click', () => uploader.answer(true));
    byId('tray-drop', HTMLButtonElement).addEventListener('click', () => uploader.answer(false));
  }

  later() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.render();
    }, EVERY_MS);
  }

  /** Removes finished uploads and hides the card. Asks before it cancels unfinished ones. */
  async #leave() {
    const { left, needsFile } = this.uploader.summary();
    if (left + needsFile === 0) {
      this.uploader.clear();
      this.root.hidden = true;
    } else if (await askIf(plural('stop.ask', left + needsFile), t('stop'), t('stop.not'))) {
      await this.uploader.cancelAll();
    }
  }

  /** @param {boolean} open */
  #open(open) {
    this.root.classList.toggle('is-open', open);
    this.fold.setAttribute('aria-expanded', String(open));
    setLabel(this.fold, t(open ? 'tray.collapse' : 'tray.expand'));
    if (open) this.render();
  }

  render() {
    const all = this.uploader.summary();
    if (all.files === 0 && !this.root.hidden) this.root.hidden = true;
    const working = all.left > 0;
    this.uploader.speed.mark(Date.now(), all.sent);
    this.title.textContent = this.#titleOf(all);
    this.note.textContent = this.#noteOf(all);
    this.bar.value = all.total > 0 ? all.sent / all.total : 0;
    this.root.classList.toggle('is-done', !working);
    const full = this.uploader.diskFull && working;
    if (full && !this.toldFull) say(`${t('tray.full')}. ${t('tray.full.help')}`);
    this.toldFull = full;
    this.pause.hidden = !working || full;
    setIcon(this.pause, this.uploader.paused ? 'play' : 'pause');
    setLabel(this.pause, t(this.uploader.paused ? 'resume' : 'pause'));
    this.retry.hidden = !full && (all.retryable === 0 || working);
    setLabel(this.close, t(working || all.needsFile > 0 ? 'cancelAll' : 'close'));
    setLabel(this.fold, t(this.root.classList.contains('is-open') ? 'tray.collapse' : 'tray.expand'));
    this.question.hidden = all.asking === 0;
    const words = all.asking > 0 ? plural('ask.location', all.asking) : '';
    // A screen reader reads the question out when its text changes.
    if (this.questionText.textContent !== words) this.questionText.textContent = words;
    if (this.root.classList.contains('is-open')) this.#renderRows();
  }

  /** @param {ReturnType<import('../uploader/uploader.js').Uploader['summary']>} all */
  #titleOf(all) {
    if (all.left > 0 && this.uploader.diskFull) return t('tray.full');
    if (all.left > 0) return this.uploader.paused ? t('tray.paused') : plural('tray.uploading', all.left);
    if (all.needsFile > 0) return plural('tray.needsFile', all.needsFile);
    if (all.failed > 0) return plural('tray.failed', all.failed);
    return plural('tray.done', all.done);
  }

  /** @param {ReturnType<import('../uploader/uploader.js').Uploader['summary']>} all */
  #noteOf(all) {
    if (all.left === 0) return all.failed > 0 && all.done > 0 ? plural('tray.done', all.done) : '';
    if (this.uploader.diskFull) return t('tray.full.help');
    const texts = [t('tray.of', { done: all.done, files: all.files })];
    if (this.uploader.paused) return texts.join('');
    // A file can wait for its budget for an hour. Until then, those that are on their way matter more.
    const waits = all.waiting === 'budget' && all.moving ? null : all.waiting;
    if (waits !== null) return explainWait(waits, all.waitingUntil);
    const rate = this.uploader.speed.bytesPerSecond;
    const left = this.uploader.speed.secondsFor(all.total - all.sent);
    if (rate !== null && rate > 0) texts.push(speed(rate));
    if (left !== null && left > 3) texts.push(t('tray.left', { time: span(left) }));
    return texts.join(' · ');
  }

  #renderRows() {
    const shown = this.uploader.items
      .filter((item) => item.state !== 'cancelled')
      .sort((a, b) => RANK[a.state] - RANK[b.state] || (a.state === 'done' ? b.key - a.key : a.key - b.key));
    const some = shown.slice(0, MOST_ROWS);
    const keys = new Set(some.map((item) => item.key));
    for (const [key, row] of this.rows) {
      if (keys.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    /** @type {HTMLElement[]} */
    const order = some.map((item) => {
      const row = this.rows.get(item.key) ?? new Row(item, this);
      this.rows.set(item.key, row);
      row.render(this.uploader.paused);
      return row.root;
    });
    const hidden = shown.length - some.length;
    this.more.textContent = hidden > 0 ? plural('tray.more', hidden) : '';
    if (hidden > 0) order.push(this.more);
    // Moving an element takes its focus away, so move only elements in the wrong place.
    order.forEach((element, index) => {
      if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] ?? null);
    });
    while (this.list.children.length > order.length) this.list.lastElementChild?.remove();
  }
}

class Row {
  /**
   * @param {Item} item
   * @param {Tray} tray
   */
  constructor(item, tray) {
    this.item = item;
    this.tray = tray;
    this.picture = createElement('span', 'row-picture', [icon('image')]);
    this.name = createElement('div', 'row-name', [item.name]);
    this.name.title = item.name;
    this.state = createElement('div', 'row-state');
    this.bar = createElement('progress');
    this.bar.max = 1;
    this.bar.setAttribute('aria-label', item.name);
    this.actions = createElement('div', 'row-actions');
    this.root = createElement('li', 'row-file', [
      this.picture,
      createElement('div', '', [this.name, this.state, this.bar]),
      this.actions,
    ]);
    /** @type {string | null} */
    this.url = null;
    this.shown = '';
  }

  remove() {
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.root.remove();
  }

  /** @param {boolean} paused */
  render(paused) {
    const { item } = this;
    this.#picture();
    this.state.textContent = this.#words(paused);
    this.bar.hidden = item.state !== 'sending' || paused;
    this.bar.value = item.total > 0 ? item.sent / item.total : 0;
    if (this.shown === item.state) return;
    this.shown = item.state;
    this.root.classList.toggle('is-failed', item.state === 'failed');
    this.root.classList.toggle('is-done', item.state === 'done');
    this.actions.replaceChildren(...this.#buttons());
  }

  #buttons() {
    const { item } = this;
    const { uploader, regain } = this.tray;
    const quiet = 'btn btn-quiet btn-icon btn-sm';
    const cancel = iconButton(quiet, 'x', t('cancel.file', { name: item.name }), () => void uploader.cancel(item));
    if (item.state === 'done') return [icon('check')];
    if (item.state === 'failed' && !isFinal(item.error)) {
      return [iconButton(quiet, 'retry', t('retry.file', { name: item.name }), () => uploader.retry(item)), cancel];
    }
    if (item.state === 'needsFile') {
      const { name } = item;
      const words = item.handle ? /** @type {const} */ ('goOn') : /** @type {const} */ ('chooseAgain');
      return [this.#button(t(words), t(`${words}.file`, { name }), () => regain(item)), cancel];
    }
    return [cancel];
  }

  /** @param {string} words @param {string} label @param {() => void} onClick */
  #button(words, label, onClick) {
    const button = createElement('button', 'btn btn-tint btn-sm', [words]);
    button.type = 'button';
    button.setAttribute('aria-label', label);
    button.addEventListener('click', onClick);
    return button;
  }

  #picture() {
    const blob = this.item.prepared?.preview?.blob;
    if (!blob || this.url !== null) return;
    this.url = URL.createObjectURL(blob);
    const image = createElement('img');
    image.alt = '';
    image.src = this.url;
    this.picture.replaceChildren(image);
  }

  /** @param {boolean} paused */
  #words(paused) {
    const { item } = this;
    if (item.state === 'failed') return explain(item.error, { maxBytes: this.tray.maxBytes() });
    if (item.state === 'needsFile') return t(item.handle ? 'state.reopen' : 'state.needsFile');
    if (paused && !item.settled && item.state !== 'asking') return t('state.paused');
    if (item.waiting !== null) return explainWait(item.waiting, item.waitingUntil);
    if (item.state === 'sending') return `${size(item.sent)} / ${size(item.total)}`;
    if (item.state === 'done') {
      const words = [t('state.done'), size(item.picture?.size ?? item.total), explainRemoved(item.removed)];
      return words.filter((each) => each !== '').join(' · ');
    }
    if (item.state === 'waiting') return `${t('state.waiting')} · ${size(item.size)}`;
    return t(`state.${item.state}`);
  }
}
