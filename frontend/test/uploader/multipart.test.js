import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError, NetworkError } from '../../src/net/errors.js';
import { ended, file, hang, reopened, startUploader, until } from '../../testing/fake-server.js';

const states = (uploader) => uploader.items.map((item) => item.state);
const numbers = (log) => log.puts.map((url) => Number(url.split('?')[1])).sort((a, b) => a - b);

test('a large file goes in parts, five in flight shared with all else, opened once and without a hash of its whole', async () => {
  const { uploader, log, server } = startUploader();
  uploader.add([file('a.jpg', 405), file('b.jpg', 205), file('c.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done', 'done', 'done']);
  assert.equal(log.most, 5);
  assert.equal(log.puts.length, 41 + 21 + 1);
  assert.equal(server.opened, 2);
  assert.equal(uploader.items[0].claim.sha256, undefined);
  assert.equal(uploader.summary().sent, uploader.summary().total);
});

test('a part that is cut, throttled or out of time is sent again for itself, and no other is', async () => {
  const { uploader, log } = startUploader({
    put: (url, nth) => {
      if (nth > 1) return;
      if (url.endsWith('?3')) throw new NetworkError('cut');
      if (url.endsWith('?5')) throw new HttpError(503, null, 2000);
      if (url.endsWith('?7')) throw new HttpError(403, null, null);
    },
  });
  uploader.add([file('a.jpg', 120)]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(numbers(log), [1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 10, 11, 12]);
  assert.ok(log.sleeps.includes(2000));
});

test('what cannot be opened at first is opened by the next part, once', async () => {
  const { uploader, server } = startUploader({
    open: (nth) => {
      if (nth < 3) throw new NetworkError('cut');
    },
  });
  uploader.add([file('a.jpg', 120)]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(server.opened, 1);
});

test('pause keeps the parts that arrived; resume sends only the others', async () => {
  let stuck = true;
  const { uploader, log } = startUploader({
    hold: (url, signal) => (stuck && Number(url.split('?')[1]) > 4 ? hang(url, signal) : undefined),
  });
  uploader.add([file('a.jpg', 120)]);
  await until(() => log.puts.length === 9);
  uploader.pause();
  await until(() => uploader.items[0].state === 'waiting');
  assert.equal(uploader.items[0].sent, 40);
  stuck = false;
  log.puts.length = 0;
  uploader.resume();
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(numbers(log), [5, 6, 7, 8, 9, 10, 11, 12]);
});

test('cancel names the upload, so that no part stays behind, also while it is only being opened', async () => {
  for (const isLate of [true, false]) {
    let open = () => undefined;
    const { uploader, log, server } = startUploader({
      hold: hang,
      slowly: () => (isLate ? undefined : new Promise((resolve) => (open = resolve))),
    });
    uploader.add([file('a.jpg', 120)]);
    await until(() => (isLate ? log.puts.length === 5 : uploader.items[0].opening !== null));
    const cancelled = uploader.cancel(uploader.items[0]);
    open();
    await cancelled;
    assert.deepEqual(states(uploader), ['cancelled']);
    assert.deepEqual(log.cancels, [['a.jpg#1', 'u1']]);
    assert.equal(server.uploads.get('a.jpg#1').opened, null);
  }
});

test('after a reload only what storage does not have is sent', async () => {
  const before = startUploader({
    hold: (url, signal) => (Number(url.split('?')[1]) > 4 ? hang(url, signal) : undefined),
  });
  before.uploader.add([file('a.jpg', 120)]);
  await until(() => before.log.puts.length === 9);
  await before.journal.settled();
  const { uploader, log, server } = await reopened(before);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(log.lists, 1);
  assert.deepEqual(numbers(log), [5, 6, 7, 8, 9, 10, 11, 12]);
  assert.equal(server.opened, 1);
});

test('a part that storage has with other bytes is sent again', async () => {
  const before = startUploader({
    hold: (url, signal) => (Number(url.split('?')[1]) > 4 ? hang(url, signal) : undefined),
  });
  before.uploader.add([file('a.jpg', 120)]);
  await until(() => before.log.puts.length === 9);
  await before.journal.settled();
  before.server.uploads.get('a.jpg#1').parts.set(2, 'of another file');
  const { uploader, log } = await reopened(before);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(numbers(log), [2, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('when storage no longer knows the parts they are sent anew under the same ticket', async () => {
  const before = startUploader({
    hold: (url, signal) => (Number(url.split('?')[1]) > 4 ? hang(url, signal) : undefined),
  });
  before.uploader.add([file('a.jpg', 120)]);
  await until(() => before.log.puts.length === 9);
  await before.journal.settled();
  before.server.uploads.get('a.jpg#1').opened = null;
  const { uploader, log, server } = await reopened(before);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(log.puts.length, 12);
  assert.deepEqual([server.opened, server.serial, log.lists], [2, 1, 0]);
});

test('parts that complete misses are looked for and sent, then it is asked again', async () => {
  const { uploader, log } = startUploader({
    complete: (id, nth, _log, server) => {
      if (nth === 1) server.uploads.get(id).parts.delete(3);
    },
  });
  uploader.add([file('a.jpg', 120)]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(log.puts.filter((url) => url.endsWith('?3')).length, 2);
  assert.equal(log.puts.length, 13);
});

test('a part that storage refuses fails this file alone and leaves nothing behind; a retry begins anew', async () => {
  let refused = true;
  const { uploader, log, server } = startUploader({
    put: (url) => {
      if (refused && url.includes('bad') && url.endsWith('?4')) throw new HttpError(403, null, null);
    },
  });
  uploader.add([file('bad.jpg', 120), file('good.jpg', 120)]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['failed', 'done']);
  await until(() => log.cancels.length === 1);
  assert.equal(server.uploads.get(log.cancels[0][0]).opened, null);
  refused = false;
  uploader.retryAll();
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done', 'done']);
});
