import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError, NetworkError } from '../../src/net/errors.js';
import { ended, file, hang, startUploader, until } from '../../testing/fake-server.js';

const states = (uploader) => uploader.items.map((item) => item.state);

test('a thousand files at once all arrive, five requests in flight, signed in small batches as they come up', async () => {
  const { uploader, log } = startUploader({ preview: true });
  uploader.add(Array.from({ length: 1000 }, (_, index) => file(`${index}.jpg`)));
  await ended(uploader);
  assert.equal(uploader.summary().done, 1000);
  assert.equal(log.most, 5);
  assert.ok(Math.max(...log.created) <= 20);
  assert.equal(log.stored.size, 2000);
});

test('one failure never ends the batch, and the refused file says why', async () => {
  const { uploader } = startUploader({
    refuse: (claim) => (claim.filename === '3.jpg' ? { status: 422, title: 'no', detail: 'not wanted' } : null),
  });
  uploader.add(Array.from({ length: 9 }, (_, index) => file(`${index}.jpg`)));
  await ended(uploader);
  assert.equal(uploader.summary().done, 8);
  const failed = uploader.items.find((item) => item.state === 'failed');
  assert.equal(failed.name, '3.jpg');
  assert.match(failed.error.message, /not wanted/);
});

test('empty and oversize files are refused before anything is asked', async () => {
  const { uploader, log } = startUploader();
  uploader.add([file('empty.jpg', 0), file('huge.jpg', 1001)]);
  await ended(uploader);
  assert.deepEqual(
    uploader.items.map((item) => item.error.reason),
    ['error.empty', 'error.tooLarge'],
  );
  assert.deepEqual(log.created, []);
});

test('503 and 429 on signing are waited for as long as Retry-After says, then it goes on', async () => {
  const { uploader, log } = startUploader({
    create: (_claims, nth) => {
      if (nth === 1) throw new HttpError(503, null, 4000);
      if (nth === 2) throw new HttpError(429, null, 2000);
    },
  });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(log.sleeps, [4000, 2000]);
});

test('files past the budget of an hour wait as long as each is told, say until when, and the others go on', async () => {
  let full = true;
  const { uploader, log, clock } = startUploader({
    refuse: (claim) => {
      const seconds = { 'b.jpg': 90, 'c.jpg': 600 }[claim.filename];
      return full && seconds ? { status: 429, title: 'no', detail: 'later', retry_after: seconds } : null;
    },
  });
  const started = clock.now;
  const told = [];
  uploader.addEventListener('changed', () => {
    if (uploader.items.filter((item) => item.waiting === 'budget').length < 2) return;
    const { waiting, waitingUntil } = uploader.summary();
    told.push([waiting, waitingUntil - started]);
    full = false;
  });
  uploader.add([file('a.jpg'), file('b.jpg'), file('c.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done', 'done', 'done']);
  assert.deepEqual(log.sleeps, [90_000, 600_000]);
  assert.deepEqual(told[0], ['budget', 90_000], 'the first one to go on counts');
});

test('the summary says whether a file is on its way', async () => {
  const seen = [];
  const { uploader } = startUploader({ put: () => void seen.push(uploader.summary().moving) });
  assert.equal(uploader.summary().moving, false);
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual([seen, uploader.summary().moving], [[true], false]);
});

test('when the disk is full what has a ticket goes on, the rest waits, and the person can try again', async () => {
  let full = true;
  const { uploader, log } = startUploader({
    create: (_claims, nth) => assert.ok(nth < 10, 'it asks without a pause'),
    refuse: (claim) => (full && claim.filename !== '0.jpg' ? { status: 507, title: 'no', detail: 'full' } : null),
  });
  uploader.add(Array.from({ length: 30 }, (_, index) => file(`${index}.jpg`)));
  await until(() => uploader.diskFull && uploader.running.size === 0);
  assert.deepEqual(states(uploader), ['done', ...Array(29).fill('waiting')]);
  assert.equal(log.created.length, 1, 'nothing was asked again');
  assert.deepEqual(log.sleeps, []);
  assert.equal(uploader.summary().failed, 0);
  uploader.add([file('more.jpg')]);
  assert.equal(log.created.length, 1, 'nothing starts by itself');
  uploader.retryAll();
  await until(() => uploader.diskFull && uploader.running.size === 0);
  assert.equal(log.created.length, 2, 'it is full still');
  full = false;
  uploader.pause();
  uploader.retryAll();
  assert.ok(uploader.paused, 'the person has paused it');
  assert.equal(log.created.length, 2);
  uploader.resume();
  await ended(uploader);
  assert.equal(uploader.diskFull, false);
  assert.equal(uploader.summary().done, 31);
});

test('a broken PUT that arrived all the same is not sent again: complete is asked first', async () => {
  const { uploader, log } = startUploader({
    put: (url, nth, seen) => {
      if (nth > 1) return;
      seen.stored.add(url);
      throw new NetworkError('cut');
    },
  });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(log.puts.length, 1);
});

test('a broken PUT that did not arrive is sent again', async () => {
  const { uploader, log } = startUploader({
    put: (_url, nth) => {
      if (nth < 3) throw new NetworkError(nth === 1 ? 'stalled' : 'cut');
    },
  });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(log.puts.length, 3);
});

test('412 means that an earlier try arrived', async () => {
  const { uploader, log } = startUploader({
    complete: (_id, nth) => {
      if (nth === 1) throw new HttpError(500, null, null);
    },
    put: (url, nth, seen) => {
      if (nth > 1) return;
      seen.stored.add(url);
      throw new NetworkError('cut');
    },
  });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(log.puts.length, 2);
});

test('a ticket that ended while it waited is signed again, not failed', async () => {
  const { uploader, log, clock } = startUploader({
    lifetime: 60_000,
    put: (_url, nth) => {
      if (nth > 1) return;
      clock.now += 120_000;
      throw new HttpError(403, null, null);
    },
  });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(log.signs.length, 1);
});

test('offline waits without counting tries and goes on by itself', async () => {
  const { uploader, log, clock } = startUploader({
    put: (_url, nth) => {
      if (nth > 1) return;
      clock.online = false;
      throw new NetworkError('cut');
    },
  });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(log.sleeps, ['offline']);
});

test('a lasting fault of one file ends in a failure that can be retried', async () => {
  let broken = true;
  const { uploader } = startUploader({
    put: (url) => {
      if (broken && url.includes('bad')) throw new HttpError(500, null, null);
    },
  });
  uploader.add([file('bad.jpg'), file('good.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['failed', 'done']);
  broken = false;
  uploader.retryAll();
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done', 'done']);
});

test('only what may go better is tried again', async () => {
  let broken = true;
  const { uploader } = startUploader({
    put: (url) => {
      if (broken && url.includes('bad')) throw new HttpError(500, null, null);
    },
  });
  uploader.add([file('empty.jpg', 0), file('bad.jpg'), file('huge.jpg', 1001)]);
  await ended(uploader);
  assert.deepEqual([uploader.summary().failed, uploader.summary().retryable], [3, 1]);
  broken = false;
  const refusal = uploader.items[0].error;
  uploader.retryAll();
  await ended(uploader);
  assert.deepEqual(states(uploader), ['failed', 'done', 'failed']);
  assert.equal(uploader.summary().retryable, 0);
  assert.equal(uploader.items[0].error, refusal, 'another try would have made another error');
});

test('a preview that can not be sent does not keep the image back', async () => {
  const { uploader } = startUploader({
    preview: true,
    put: (url) => {
      if (url.endsWith('.t')) throw new HttpError(500, null, null);
    },
  });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
});

test('pause stops what is being sent, resume brings all of it home under the same tickets', async () => {
  let stuck = true;
  const { uploader, log } = startUploader({ hold: (url, signal) => (stuck ? hang(url, signal) : undefined) });
  uploader.add([file('a.jpg'), file('b.jpg')]);
  await until(() => log.puts.length === 2);
  uploader.pause();
  await until(() => states(uploader).join() === 'waiting,waiting');
  stuck = false;
  uploader.resume();
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done', 'done']);
  assert.equal(
    log.created.reduce((sum, each) => sum + each, 0),
    2,
  );
});

test('cancel takes back what was begun, and nothing of it comes later', async () => {
  const { uploader, log } = startUploader({ hold: hang });
  uploader.add([file('a.jpg')]);
  await until(() => log.puts.length === 1);
  await uploader.cancel(uploader.items[0]);
  assert.deepEqual(states(uploader), ['cancelled']);
  assert.equal(log.cancels.length, 1);
  assert.equal(log.stored.size, 0);
});

test('a cancel that came too late shows the published picture', async () => {
  const { uploader, log } = startUploader({
    hold: hang,
    cancel: (id) => {
      log.stored.add(`s3/${id}`);
      throw new HttpError(409, null, null);
    },
  });
  uploader.add([file('a.jpg')]);
  await until(() => log.puts.length === 1);
  await uploader.cancel(uploader.items[0]);
  assert.deepEqual(states(uploader), ['done']);
});

test('what can not be cleaned of its location is not sent until the person agrees, once for all files', async () => {
  let ready = false;
  const { uploader, log } = startUploader({ prepared: { location: 'unknown' } });
  const { prepare } = uploader.transferDeps;
  uploader.transferDeps.prepare = async (source, ...rest) => {
    if (source.name === 'late.heic') await until(() => ready);
    return prepare(source, ...rest);
  };
  uploader.add([file('a.heic'), file('b.heic'), file('late.heic')]);
  await until(() => states(uploader).join() === 'asking,asking,preparing');
  assert.equal(uploader.summary().asking, 2);
  assert.deepEqual(log.created, []);
  uploader.answer(true);
  await until(() => states(uploader).join() === 'done,done,preparing');
  ready = true;
  await until(() => states(uploader).join() === 'done,done,done');
});

test('the answer no cancels such files, also those that are prepared later, and no others', async () => {
  let ready = false;
  const { uploader, log } = startUploader({});
  const { prepare } = uploader.transferDeps;
  uploader.transferDeps.prepare = async (source, ...rest) => {
    if (source.name.startsWith('late')) await until(() => ready);
    return { ...(await prepare(source, ...rest)), location: source.name.endsWith('heic') ? 'unknown' : 'clean' };
  };
  uploader.add([file('a.heic'), file('late.heic'), file('late.jpg')]);
  await until(() => states(uploader)[0] === 'asking');
  uploader.answer(false);
  ready = true;
  await until(() => states(uploader).join() === 'cancelled,cancelled,done');
  assert.deepEqual(log.created, [1]);
});

test('while publishing takes long, complete is asked again when the service says so', async () => {
  const { uploader, log } = startUploader({ complete: (_id, nth) => (nth < 3 ? { retryAfter: nth * 1000 } : null) });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(log.sleeps, [1000, 2000]);
  assert.equal(log.puts.length, 1);
});

test('a ticket that has ended by the clock here is signed again before anything is sent', async () => {
  let stuck = true;
  const { uploader, log, clock } = startUploader({
    preview: true,
    hold: (url, signal) => (stuck ? hang(url, signal) : undefined),
  });
  uploader.add([file('a.jpg')]);
  await until(() => log.puts.length === 2);
  uploader.pause();
  await until(() => states(uploader).join() === 'waiting');
  stuck = false;
  clock.now += 3600_000;
  uploader.resume();
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.ok(log.signs.length >= 1);
  assert.equal(log.stored.size, 2);
});
