/**
 * Shows one picture after the other by itself, until the person does something else, the page is hidden, or the last
 * picture is reached. It moves on when the next picture has loaded, so that nobody waits in front of an empty screen.
 */

/** How long each picture is shown, milliseconds. */
export const SHOWN_MS = 5000;

/**
 * @typedef {object} Screen
 * @property {() => number} index  slide index of the picture on show
 * @property {(slideIndex: number) => 'ready' | 'wait' | 'end'} next  whether that picture can be shown; `end` when there
 *   is none
 * @property {(slideIndex: number) => void} goTo
 * @property {(playing: boolean) => void} onChange
 */

export class Slideshow {
  /** @param {Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.playing = false;
    /** Where the slideshow itself went: any other index means that the person moved. */
    this.expected = -1;
    /** Whether the picture on show was shown for long enough. */
    this.due = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** The screen stays on while it is held. @type {WakeLockSentinel | null} */
    this.lock = null;
    this.onHidden = () => document.hidden && this.stop();
  }

  toggle() {
    if (this.playing) this.stop();
    else this.#start();
  }

  /** Call it when another picture is on show. */
  moved() {
    if (this.screen.index() !== this.expected) this.stop();
  }

  /** Call it when a picture has loaded, or more are known. */
  proceed() {
    if (!this.playing || !this.due) return;
    const following = this.screen.index() + 1;
    const next = this.screen.next(following);
    if (next === 'end') this.stop();
    if (next !== 'ready') return;
    this.expected = following;
    this.#wait();
    this.screen.goTo(following);
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.onHidden);
    void this.lock?.release();
    this.lock = null;
    this.screen.onChange(false);
  }

  #start() {
    this.expected = this.screen.index();
    if (this.screen.next(this.expected + 1) === 'end') return;
    this.playing = true;
    document.addEventListener('visibilitychange', this.onHidden);
    void this.#keepScreenOn();
    this.#wait();
    this.screen.onChange(true);
  }

  #wait() {
    this.due = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.due = true;
      this.proceed();
    }, SHOWN_MS);
  }

  async #keepScreenOn() {
    try {
      const lock = await navigator.wakeLock?.request('screen');
      if (this.playing && this.lock === null) this.lock = lock ?? null;
      else void lock?.release();
    } catch {
      // The browser may refuse, for example when the battery is low: then the screen may turn off.
    }
  }
}
