import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError, NetworkError } from '../../src/net/errors.js';
import { Journal } from '../../src/uploader/journal.js';
import { ended, file, hang, hashOf, newServer, reopened, startUploader, until } from '../../testing/fake-server.js';
import { memoryDatabase } from '../../testing/memory-database.js';

const states = (uploader) => uploader.items.map((item) => item.state);
/** A page that was closed while all its PUTs hung. */
async function closed(files, faults = {}, shared = {}) {
  const page = startUploader({ hold: hang, ...faults }, shared);
  page.uploader.add(files);
  await until(() => page.log.puts.length >= Math.min(5, files.length));
  await page.journal.settled();
  return page;
}

test('after a reload everything goes on by itself, under the tickets that there are, in the order in which it came', async () => {
  const before = await closed(
    Array.from({ length: 12 }, (_, index) => file(`${index}.jpg`)),
    { preview: true },
  );
  const granted = before.server.serial;
  assert.ok(granted > 0 && granted < 12);
  const { uploader, server, journal, database } = await reopened(before);
  assert.deepEqual(
    uploader.items.map((item) => item.name),
    Array.from({ length: 12 }, (_, index) => `${index}.jpg`),
  );
  await ended(uploader);
  assert.equal(uploader.summary().done, 12);
  assert.equal(server.serial, 12);
  await journal.settled();
  assert.deepEqual([database.all.queue.size, database.all.blobs.size], [0, 0]);
});

test('what had arrived before the reload is not sent again, and needs no bytes', async () => {
  const before = startUploader({
    complete: () => {
      throw new NetworkError('cut');
    },
  });
  before.uploader.deps.environment.sleep = (_ms, signal) => hang('', signal);
  before.uploader.add([file('a.jpg')]);
  await until(() => before.log.completes.length > 0);
  await before.journal.settled();
  before.database.all.blobs.clear();
  const { uploader, log } = await reopened(before);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(log.puts, []);
});

test('what was finished, refused or cancelled does not come back', async () => {
  const before = startUploader({
    refuse: (claim) => (claim.filename === 'no.jpg' ? { status: 422, title: 'no' } : null),
    hold: (url, signal) => (url.includes('stop') ? hang(url, signal) : undefined),
  });
  before.uploader.add([file('yes.jpg'), file('empty.jpg', 0), file('stop.jpg')]);
  await until(() => states(before.uploader).join() === 'done,failed,sending' && before.log.puts.length === 2);
  await before.uploader.cancel(before.uploader.items[2]);
  await before.journal.settled();
  const { uploader } = await reopened(before);
  assert.deepEqual(uploader.items, []);
});

test('a cancel that the service never heard of is told by the next page, and the file is not sent', async () => {
  const before = await closed([file('a.jpg')]);
  before.uploader.deps.cancel = () => new Promise(() => undefined);
  void before.uploader.cancel(before.uploader.items[0]);
  await before.journal.settled();
  const { uploader, log, journal, database } = await reopened(before);
  await until(() => log.cancels.length > 0 && database.all.queue.size === 0);
  await journal.settled();
  assert.deepEqual(log.cancels, [['a.jpg#1', null]]);
  assert.deepEqual([uploader.items.length, log.puts.length, database.all.queue.size], [0, 0, 0]);
});

test('a cancel is repeated until the service has heard it: what arrived would be published otherwise', async () => {
  const { uploader, log } = startUploader({
    hold: hang,
    cancel: (_id, nth) => {
      if (nth < 3) throw nth === 1 ? new NetworkError('cut') : new HttpError(503, null, 3000);
    },
  });
  uploader.add([file('a.jpg')]);
  await until(() => log.puts.length === 1);
  await uploader.cancel(uploader.items[0]);
  assert.equal(log.cancels.length, 1);
  assert.ok(log.sleeps.includes(3000));
});

test('without its bytes a file waits for the person, holds up nobody, and only the very same file will do', async () => {
  const before = await closed([file('a.jpg'), file('b.jpg')]);
  const [first, second] = before.uploader.items;
  await before.database.remove('blobs', first.uid);
  Object.assign(before.database.all.queue.get(first.uid), {
    kept: false,
    ends: await hashOf(new Blob([new Uint8Array(10), new Uint8Array(10)])),
  });
  const { uploader, journal } = await reopened(before);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['needsFile', 'done']);
  const [item] = uploader.items;
  const same = new File([new Uint8Array(10)], 'a.jpg', { lastModified: first.lastModified });
  const changed = new File([new Uint8Array(10).fill(7)], 'a.jpg', { lastModified: first.lastModified });
  assert.equal(await journal.isSame(item, second.file), false);
  assert.equal(await journal.isSame(item, new File([same], 'a.jpg', { lastModified: 5 })), false);
  assert.equal(await journal.isSame(item, changed), false);
  assert.equal(await journal.isSame(item, same), true);
  uploader.provide(item, same);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done', 'done']);
});

test('the ticket of a file whose prepared bytes are others than before is given up, and a new one is asked for', async () => {
  const before = await closed([file('a.jpg')]);
  const { uploader, log, server } = await reopened(before, { prepared: { sha256: 'other' } });
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(log.cancels, [['a.jpg#1', null]]);
  assert.equal(server.serial, 2);
});

test('bytes are copied up to 256 MiB a file and 2 GiB in all; of the rest the ends are hashed', async () => {
  const MiB = 1024 * 1024;
  /** A file that only says how large it is. */
  const large = (name, size) => Object.defineProperty(file(name), 'size', { value: size });
  const database = memoryDatabase();
  const journal = new Journal(
    { ...database, put: (store, key) => database.put(store, key, store === 'blobs' ? true : { key }) },
    'page',
    hashOf,
  );
  const items = [
    large('huge', 257 * MiB),
    ...Array.from({ length: 9 }, (_, index) => large(String(index), 256 * MiB)),
  ].map((each, index) => ({
    uid: String(index).padStart(2, '0'),
    file: each,
    name: each.name,
    size: each.size,
    prepared: null,
    ticket: null,
    savedResults: null,
    handle: null,
  }));
  journal.add(items);
  await journal.settled();
  assert.deepEqual(await database.keys('blobs'), ['01', '02', '03', '04', '05', '06', '07', '08']);
  assert.equal(journal.whole, false);
  assert.ok(journal.entries.get('00').ends && journal.entries.get('09').ends);
});

test('a browser that keeps nothing makes uploads no worse', async () => {
  const { uploader, journal } = startUploader({}, { database: memoryDatabase({ broken: true }) });
  uploader.add([file('a.jpg')]);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.deepEqual(await journal.adopt(new Set()), []);
});

test('what an open page has is left to it', async () => {
  const before = await closed([file('a.jpg')]);
  const later = new Journal(before.database, 'later page', hashOf);
  assert.deepEqual(await later.adopt(new Set(['page', 'later page'])), []);
  assert.equal((await later.adopt(new Set(['later page']))).length, 1);
});

test('while another page sends this one waits, says so, and goes on after it', async () => {
  let allow = () => undefined;
  let ends = 0;
  const { uploader, log } = startUploader(
    { acquireUploadLock: () => new Promise((resolve) => (allow = () => resolve(() => (ends += 1)))) },
    { server: newServer() },
  );
  uploader.add([file('a.jpg')]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(log.created, []);
  assert.equal(uploader.summary().waiting, 'otherTab');
  allow();
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
  assert.equal(ends, 1);
});

test('what was refused and is tried again outlives a reload, too', async () => {
  let refused = true;
  const before = startUploader({
    put: () => {
      if (refused) throw new HttpError(400, null, null);
    },
    hold: (url, signal) => (refused ? undefined : hang(url, signal)),
  });
  before.uploader.add([file('a.jpg')]);
  await ended(before.uploader);
  assert.deepEqual(states(before.uploader), ['failed']);
  refused = false;
  before.uploader.retryAll();
  await until(() => before.log.puts.length === 2);
  await before.journal.settled();
  const { uploader } = await reopened(before);
  await ended(uploader);
  assert.deepEqual(states(uploader), ['done']);
});
