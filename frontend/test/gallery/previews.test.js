import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Addresses } from '../../src/gallery/addresses.js';
import { Filler } from '../../src/gallery/fill.js';
import { Previews, readFromStorage } from '../../src/gallery/previews.js';
import { HttpError, NetworkError } from '../../src/net/errors.js';

const JPEG = new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xe0])]);
const GIF = new Blob(['GIF89a plays']);

/** Previews over a storage that answers each URL with a blob, or with null. */
function previewsOver(blobs, { urls = (ref) => `https://s3/${ref}` } = {}) {
  const asked = [];
  const read = [];
  const addresses = new Addresses(async (variant, refs) => {
    asked.push([variant, refs]);
    return {
      urls: Object.fromEntries(refs.map((ref) => [ref, { url: urls(ref), expires_at: '2099-01-01T00:00:00Z' }])),
    };
  });
  const previews = new Previews(addresses, async (url) => {
    read.push(url);
    return blobs[url] ?? null;
  });
  return { previews, asked, read };
}

/** @param {string} id */
const picture = (id, more = {}) => ({ id, ref: id, thumbnail: true, size: 1, width: 1, height: 1, ...more });
const never = new AbortController().signal;

/** A tile that writes down what it is told to show. */
const tile = () => ({
  shown: [],
  setImage(url, onBroken) {
    this.shown.push(url);
    this.onBroken = onBroken;
  },
  setNone() {
    this.shown.push('none');
  },
});

test('a picture without a preview is drawn at once, whatever it weighs, and nothing is asked or fetched for it', async () => {
  const { previews, asked, read } = previewsOver({});
  const drawn = tile();
  new Filler(previews).fill(drawn, picture('a', { thumbnail: false }));
  assert.deepEqual(drawn.shown, ['none']);
  assert.equal(await previews.load(picture('a', { thumbnail: false }), never), null);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual([asked, read], [[], []]);
});

test('only previews are asked for, in one request for all that come together, and only checked bytes get a URL', async () => {
  const { previews, asked } = previewsOver({ 'https://s3/a': JPEG, 'https://s3/b': GIF });
  const [still, moving] = await Promise.all([previews.load(picture('a'), never), previews.load(picture('b'), never)]);
  assert.match(still, /^blob:/);
  assert.equal(previews.peek('a'), still);
  assert.deepEqual([moving, previews.peek('b')], [null, null]);
  assert.deepEqual(asked, [['thumbnail', ['a', 'b']]]);
});

test('a URL that storage refuses is asked for once more, and the next one is used', async () => {
  const next = ['1', '2'];
  const { previews, read } = previewsOver({ 'https://s3/2': JPEG }, { urls: () => `https://s3/${next.shift()}` });
  assert.match(await previews.load(picture('a'), never), /^blob:/);
  assert.deepEqual(read, ['https://s3/1', 'https://s3/2']);
});

test('a preview that is not there is read once, and its tile is drawn', async () => {
  const { previews, read } = previewsOver({});
  const drawn = tile();
  new Filler(previews).fill(drawn, picture('a'));
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual(drawn.shown, ['none']);
  assert.deepEqual(read, ['https://s3/a']);
});

test('a tile that left the window stops loading and shows nothing', async () => {
  const signals = [];
  const left = tile();
  const load = (_, signal) => new Promise((resolve) => signals.push([signal, resolve]));
  const filler = new Filler({ peek: () => null, load, forget: () => undefined });
  filler.fill(left, picture('a'));
  filler.empty(left);
  const [[signal, resolve]] = signals;
  assert.ok(signal.aborted);
  resolve('blob:late');
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(left.shown, []);
});

test('a preview that the browser cannot decode is forgotten, and its tile is drawn', async () => {
  const { previews } = previewsOver({ 'https://s3/a': JPEG });
  const url = await previews.load(picture('a'), never);
  const drawn = tile();
  new Filler(previews).fill(drawn, picture('a'));
  assert.deepEqual(drawn.shown, [url]);
  drawn.onBroken();
  assert.deepEqual([drawn.shown, previews.peek('a')], [[url, 'none'], null]);
});

test('of very many previews the least recently used are released', () => {
  const { previews } = previewsOver({});
  previews.put('first', JPEG);
  previews.put('second', JPEG);
  previews.peek('first');
  for (let number = 0; number < 399; number += 1) previews.put(String(number), JPEG);
  assert.match(previews.peek('first'), /^blob:/);
  assert.equal(previews.peek('second'), null);
});

test('storage that refuses gives nothing; one that may answer later, and leaving, are passed on', async (context) => {
  const answers = [404, 403, 410, 400, 408, 429, 503].map((status) => new Response('no', { status }));
  context.mock.method(globalThis, 'fetch', async (_, { signal }) => {
    signal.throwIfAborted();
    const answer = answers.shift();
    if (!answer) throw new TypeError('Failed to fetch');
    return answer;
  });
  for (const _ of answers.slice(0, 3)) assert.equal(await readFromStorage('https://s3/a', never), null);
  for (const status of [400, 408, 429, 503])
    await assert.rejects(
      readFromStorage('https://s3/a', never),
      (error) => error instanceof HttpError && error.status === status,
    );
  await assert.rejects(readFromStorage('https://s3/a', never), { reason: 'cut' });
  answers.push(new Response(JPEG));
  assert.equal((await readFromStorage('https://s3/a', never)).size, 4);
  await assert.rejects(readFromStorage('https://s3/a', AbortSignal.abort()), { name: 'AbortError' });
});

test('a fault that passes leaves the placeholder in its tile, which shows the preview afterwards', async () => {
  const faults = [new HttpError(503, null, null), new NetworkError('cut')];
  const waits = [];
  const environment = {
    now: () => 0,
    random: () => 1,
    online: () => true,
    backOnline: async () => undefined,
    sleep: async (ms) => void waits.push(ms),
  };
  const load = async () => {
    const fault = faults.shift();
    if (fault) throw fault;
    return 'blob:a';
  };
  const filled = tile();
  new Filler({ peek: () => null, load, forget: () => undefined }, environment).fill(filled, picture('a'));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(filled.shown, ['blob:a']);
  assert.deepEqual(waits, [500, 1000]);
});

test('a picture that the service does not know is drawn', async () => {
  const filled = tile();
  const load = async () => {
    throw new Error('no URL for this picture');
  };
  new Filler({ peek: () => null, load, forget: () => undefined }).fill(filled, picture('a'));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(filled.shown, ['none']);
});
