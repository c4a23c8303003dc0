/** Jumps to a time, to the newest and to the oldest picture. */

import { date } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { say, toast } from '../ui/say.js';
import { explain } from '../ui/words.js';

export class Travel {
  /**
   * @param {import('./store.js').Store} store
   * @param {import('./timeline.js').Timeline} timeline
   * @param {import('./view.js').GalleryView} view
   */
  constructor(store, timeline, view) {
    this.store = store;
    this.timeline = timeline;
    this.view = view;
  }

  /** @param {number} time  milliseconds since 1970 @returns {Promise<void>} */
  async toTime(time) {
    try {
      const index = await this.store.jump(time);
      const picture = this.store.items[index];
      if (!picture) return;
      this.view.show(index);
      say(t('say.at', { date: date(new Date(picture.uploaded_at)) }));
    } catch (error) {
      toast(`${t('gallery.errorJump')} ${explain(error)}`);
    }
  }

  /** @param {'newest' | 'oldest'} end  the picture at this end gets the focus */
  async toEnd(end) {
    try {
      if (end === 'newest') {
        await this.store.jump(null);
        scrollTo({ top: 0, behavior: 'instant' });
        this.view.focus(0);
        return;
      }
      if (!this.store.atEnd) {
        const { oldest } = await this.timeline.get();
        if (oldest !== null) await this.store.jump(Date.parse(oldest));
        // Several pictures may share that moment, or new ones may have arrived.
        while (!this.store.atEnd && this.store.phase !== 'error') await this.store.loadOlder();
      }
      this.view.focus(this.store.items.length - 1);
    } catch (error) {
      toast(`${t('gallery.errorJump')} ${explain(error)}`);
    }
  }
}
