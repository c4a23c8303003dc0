/** Ties the uploader to the services, the worker and the page's questions. */
import { api } from './api.js';
import { Preparer } from './prepare/client.js';
import { tokens } from './tokens.js';
import { askForKey } from './ui/dialogs.js';
import { HttpError, Refused } from './uploader/errors.js';
import { browserWorld } from './uploader/retry.js';
import { sendPut } from './uploader/transfer.js';
import { Uploader } from './uploader/uploader.js';

/** Until the service has said what it takes. */
const UNKNOWN = { max_upload_bytes: 50 * 1024 * 1024, upload_key_required: false, allowed_types: [], single_put_max_bytes: 0 };

/** @returns {{ uploader: Uploader, maxBytes: () => number }} */
export function makeUploads() {
  const preparer = new Preparer();
  /** @type {import('./types').Config} */
  let config = UNKNOWN;
  const asked = api.config().then((answer) => (config = answer)).catch(() => UNKNOWN);
  const key = keyKeeper();

  /** @param {import('./types').FileClaim[]} files */
  async function createUploads(files) {
    await asked;
    if (config.upload_key_required) await key.ensure(false);
    for (;;) {
      const sent = key.value;
      try {
        return await api.createUploads(files, sent);
      } catch (error) {
        if (!(error instanceof HttpError && (error.status === 401 || error.status === 403))) throw error;
        // Another file may have been given a better key in the meantime.
        if (key.value === sent) await key.ensure(true);
      }
    }
  }

  const maxBytes = () => config.max_upload_bytes;
  const uploader = new Uploader({
    prepare: (file, options, signal) => preparer.prepare(file, options, signal),
    createUploads,
    signAgain: api.signAgain,
    complete: api.complete,
    cancel: api.cancel,
    put: sendPut,
    world: browserWorld(),
    maxBytes,
  });
  uploader.addEventListener('done', (event) => {
    const { picture, ticket } = /** @type {CustomEvent<import('./uploader/item.js').Item>} */ (event).detail;
    if (picture && ticket) void tokens.put(picture.id, ticket.token);
  });
  return { uploader, maxBytes };
}

/** One question at a time, however many files wait for its answer. */
function keyKeeper() {
  const KEPT = 'vitrine.uploadKey';
  /** @type {Promise<void> | null} */
  let asking = null;
  const keeper = {
    value: /** @type {string | null} */ (sessionStorage.getItem(KEPT)),
    /** @param {boolean} wrong */
    ensure(wrong) {
      if (keeper.value !== null && !wrong) return Promise.resolve();
      asking ??= askForKey(wrong && keeper.value !== null).then((given) => {
        asking = null;
        keeper.value = given;
        if (given === null) throw new Refused('error.key');
        sessionStorage.setItem(KEPT, given);
      });
      return asking;
    },
  };
  return keeper;
}
