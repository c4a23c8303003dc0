import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { makeZip } from 'client-zip';
import { unique, windowsSafeName } from '../../src/zip/names.js';
import { entries } from '../../src/zip/pack.js';

const bytesOf = (name, size) => (size > 1e6 ? new Uint8Array(size) : small(name, size));
const small = (name, size) => Uint8Array.from({ length: size }, (_, i) => (i * 7 + name.length) % 256);
const picture = (filename, size = 100) => ({ ref: filename, filename, size, uploaded_at: '2026-01-02T03:04:05.000Z' });
const never = new AbortController().signal;

/** Storage that may break off after some bytes, as often as it is told. */
function fakeStorage(faults = {}) {
  const opened = [];
  return {
    opened,
    addresses: async (refs) => {
      if (faults.addresses-- > 0) throw new Error('busy');
      return Object.fromEntries(refs.filter((ref) => !faults.gone?.includes(ref)).map((ref) => [ref, { url: ref }]));
    },
    open: async (url, from) => {
      opened.push([url, from]);
      if (faults.dead?.includes(url)) throw new Error('down');
      const all = bytesOf(url, faults.sizes?.[url] ?? 100).subarray(from);
      const isCut = (faults.cuts?.[url] ?? 0) > 0;
      if (isCut) faults.cuts[url] -= 1;
      const cut = isCut ? Math.ceil(all.length / 2) : all.length;
      return new ReadableStream({
        // One piece a pull: an error throws away what waits to be read.
        pull(controller) {
          if (!this.given) controller.enqueue(all.subarray(0, cut));
          else if (cut < all.length) controller.error(new Error('cut'));
          else controller.close();
          this.given = true;
        },
      });
    },
    sleep: async () => undefined,
  };
}

const progress = (moved = () => undefined) => ({
  moved,
  listName: 'not included.txt',
  listOf: (names) => names.join(','),
});

async function collect(pictures, storage, signal = never, moved = undefined) {
  const out = {};
  for await (const entry of entries(pictures, storage, progress(moved), signal)) {
    out[entry.name] =
      typeof entry.input === 'string'
        ? entry.input
        : new Uint8Array(await new Response(ReadableStream.from(chunks(entry.input))).arrayBuffer());
  }
  return out;
}

async function* chunks(input) {
  if (input instanceof Blob) yield new Uint8Array(await input.arrayBuffer());
  else yield* input;
}

test('names that meet are told apart, whatever their case', () => {
  assert.deepEqual(unique(['a.jpg', 'A.jpg', 'a.jpg', '.x', '.x', 'b']), [
    'a.jpg',
    'A (2).jpg',
    'a (3).jpg',
    '.x',
    '.x (2)',
    'b',
  ]);
});

test('a file in a ZIP has a name that Windows can unpack', async () => {
  // The tests of the download service read the same pairs.
  const pairs = JSON.parse(
    await readFile(new URL('../../../tests/support/names_on_disk.json', import.meta.url), 'utf8'),
  );
  for (const [name, saved] of pairs) assert.equal(windowsSafeName(name), saved);
  assert.deepEqual(unique(['a:b.jpg', 'a?b.jpg', 'CON.jpg']), ['a_b.jpg', 'a_b (2).jpg', '_CON.jpg']);
});

test('every picture is in it with its own bytes, also those whose transfer broke off and went on', async () => {
  const storage = fakeStorage({ cuts: { 'b.jpg': 2 }, addresses: 1 });
  const out = await collect([picture('a.jpg'), picture('b.jpg'), picture('a.jpg')], storage);
  assert.deepEqual(Object.keys(out), ['a.jpg', 'b.jpg', 'a (2).jpg']);
  assert.deepEqual(out['b.jpg'], bytesOf('b.jpg', 100));
  assert.deepEqual(
    storage.opened.filter(([url]) => url === 'b.jpg').map(([, from]) => from),
    [0, 50, 75],
  );
});

test('what can not be had is left out and named in a list, and the others are there', async () => {
  const out = await collect(
    [picture('a.jpg'), picture('gone.jpg'), picture('dead.jpg'), picture('z.jpg')],
    fakeStorage({ gone: ['gone.jpg'], dead: ['dead.jpg'] }),
  );
  assert.deepEqual(Object.keys(out), ['a.jpg', 'z.jpg', 'not included.txt']);
  assert.equal(out['not included.txt'], 'gone.jpg,dead.jpg');
});

test('a large file is handed on as it comes and goes on where it broke off', async () => {
  const size = 65 * 1024 * 1024;
  const storage = fakeStorage({ sizes: { 'film.gif': size }, cuts: { 'film.gif': 1 } });
  let most = 0;
  for await (const entry of entries([picture('film.gif', size)], storage, progress(), never)) {
    assert.ok(!(entry.input instanceof Blob));
    for await (const part of entry.input) most += part.length;
  }
  assert.equal(most, size);
  assert.equal(storage.opened.length, 2);
});

test('addresses are asked for as they are needed, and progress counts files and bytes', async () => {
  const asked = [];
  const storage = fakeStorage();
  const { addresses } = storage;
  storage.addresses = (refs) => {
    asked.push(refs.length);
    return addresses(refs);
  };
  const moves = [];
  await collect(
    Array.from({ length: 45 }, (_, i) => picture(`${i}.jpg`)),
    storage,
    never,
    (...move) => moves.push(move),
  );
  assert.deepEqual(asked, [20, 20, 5]);
  assert.deepEqual(moves.at(-1), [45, 4500]);
});

test('giving up ends it, and nothing is called missing for it', async () => {
  const stop = new AbortController();
  const storage = fakeStorage({ dead: ['b.jpg'] });
  storage.sleep = async (_ms, signal) => {
    stop.abort();
    signal.throwIfAborted();
  };
  await assert.rejects(collect([picture('a.jpg'), picture('b.jpg')], storage, stop.signal));
});

test('a broken file leaves a ZIP whose end is whole', async () => {
  const stream = makeZip(
    entries([picture('a.jpg'), picture('dead.jpg')], fakeStorage({ dead: ['dead.jpg'] }), progress(), never),
  );
  const zip = new Uint8Array(await new Response(stream).arrayBuffer());
  const end = new DataView(zip.buffer, zip.length - 22);
  assert.equal(end.getUint32(0, true), 0x06054b50);
  assert.equal(end.getUint16(10, true), 2);
});
