import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEAD_BYTES, MORE_BYTES } from '../../../src/viewer/metadata/ranges.js';
import { rangesOf, readFacts, Unreadable, xmpParser } from '../../../src/viewer/metadata/read.js';
import {
  big,
  bytesOf,
  creator,
  exifSegment,
  heic,
  joined,
  jpeg,
  png,
  pngChunk,
  riffChunk,
  segment,
  sourceOf,
  tiff,
  webp,
  xmp,
} from '../../../testing/metadata-files.js';

const FAR = 600_000;
const NOISE = Uint8Array.from({ length: FAR }, (_, place) => (place * 7919) >> 3);
/** In the pixels, and no chunk: nothing behind it is one. */
const LIKE_EXIF = joined(big(8), 'eXIf', 'MM', [0, 42, 0, 0, 0, 0], new Uint8Array(50).fill(255));
const read = async (file, parser) => {
  const { asked, source } = sourceOf(file);
  const facts = await readFacts(source, { size: file.length, uploaded_at: '2026-01-01T00:00:00Z' }, parser);
  for (const { start, end } of asked)
    assert.ok(start >= 0 && start < end && end <= file.length && end - start <= MORE_BYTES);
  assert.ok(asked.length <= 2);
  assert.deepEqual(asked[0], { start: 0, end: Math.min(file.length, HEAD_BYTES) });
  return { facts, asked };
};
const iptc = (record, text) => joined([0x1c, 2, record], big(bytesOf(text).length, 2), text);
const resource = (data) =>
  segment(0xed, 'Photoshop 3.0\0', '8BIM', [4, 4, 0, 0], big(data.length), data, data.length % 2 ? [0] : []);

test('a picture with its metadata in front is read with one range', async () => {
  for (const file of [
    joined(jpeg(exifSegment()), NOISE),
    png(pngChunk('eXIf', tiff()), pngChunk('IDAT', NOISE)),
    webp(riffChunk('EXIF', tiff()), riffChunk('XMP ', xmp('')), riffChunk('VP8 ', NOISE)),
    heic(40),
    jpeg(exifSegment()),
  ]) {
    const { facts, asked } = await read(file);
    assert.equal(facts.camera, 'Canon EOS R5');
    assert.equal(asked.length, 1);
  }
});

test('what stands behind the pixels is read with a second range', async () => {
  for (const file of [
    png(pngChunk('IDAT', NOISE), pngChunk('eXIf', tiff())),
    png(pngChunk('IDAT', NOISE), pngChunk('IDAT', NOISE), pngChunk('tIME', []), pngChunk('eXIf', tiff())),
    webp(riffChunk('VP8 ', NOISE), riffChunk('EXIF', tiff())),
    webp(riffChunk('VP8 ', NOISE), riffChunk('EXIF', 'Exif\0\0', tiff()), riffChunk('XMP ', xmp(''))),
    joined(webp(riffChunk('VP8 ', NOISE), riffChunk('EXIF', tiff())), 'more behind it'),
    heic(FAR),
    heic(FAR, { indexLast: true }),
    joined(jpeg(...Array(3).fill(segment(0xe2, new Uint8Array(60_000))), exifSegment()), NOISE),
    png(pngChunk('IDAT', NOISE, LIKE_EXIF), pngChunk('eXIf', tiff())),
  ]) {
    const { facts, asked } = await read(file);
    assert.equal(facts.camera, 'Canon EOS R5');
    assert.equal(facts.author, 'Ana');
    assert.equal(asked.length, 2);
  }
});

test('no second range is read where nothing can be', async () => {
  for (const file of [
    joined(jpeg(), NOISE),
    png(pngChunk('IDAT', NOISE)),
    joined('RIFF', [0, 0, 9, 0], 'WEBP', riffChunk('VP8 ', NOISE)),
    joined('GIF89a', NOISE),
  ]) {
    const { facts, asked } = await read(file);
    assert.deepEqual(new Set(Object.values(facts)), new Set([null]));
    assert.equal(asked.length, 1);
  }
});

test('an index that lies is not followed out of the file, and not far', async () => {
  for (const file of [
    heic(FAR, { at: 2 ** 32 - 1 }),
    heic(FAR, { at: 200_000, length: 0 }),
    heic(FAR, { item: joined(big(2 ** 32 - 1), 'Exif') }),
    heic(FAR, { item: joined([0, 0]) }),
    joined(heic(FAR).subarray(0, 24), big(1), 'mdat', big(2 ** 31, 8), NOISE),
    joined(heic(FAR).subarray(0, 24), big(0), 'mdat', NOISE),
    joined(heic(FAR).subarray(0, 24), big(3), 'mdat', NOISE),
    webp(riffChunk('VP8 ', NOISE)),
    webp(riffChunk('VP8 ', NOISE), riffChunk('EXIF', [1, 2])).subarray(0, FAR),
    png(pngChunk('IDAT', NOISE), pngChunk('eXIf', [0xff, 0xff])).subarray(0, FAR - 9),
    joined(png(pngChunk('IDAT', NOISE)).subarray(0, -12), big(2 ** 32 - 1), 'eXIf', NOISE),
  ])
    assert.equal((await read(file)).facts.camera, null);
  // Here the truth is in the bytes that are there.
  const long = joined(heic(150_000, { length: 2 ** 32 - 1 }), NOISE);
  assert.equal((await read(long)).facts.camera, 'Canon EOS R5');
});

test('storage that sends fewer bytes than asked for is no error', async () => {
  for (const file of [
    heic(FAR),
    heic(FAR, { indexLast: true }),
    webp(riffChunk('VP8 ', NOISE), riffChunk('EXIF', tiff())),
  ]) {
    const source = async ({ start, end }) => file.slice(start, start === 0 ? end : start + 5);
    const facts = await readFacts(source, { size: file.length, uploaded_at: '2026-01-01T00:00:00Z' });
    assert.equal(facts.camera, null);
  }
});

test('metadata of any kind are unreadable or unknown, and end in time', async () => {
  const begun = performance.now();
  for (const start of [
    '',
    'no picture',
    '\x89PNG\r\n\x1a\n',
    'RIFF\xff\xff\xff\xffWEBPVP8X',
    '....ftypheic',
    'II*\0\b\0\0\0\xff\xff',
  ])
    for (const rest of [NOISE, new Uint8Array(FAR), new Uint8Array(FAR).fill(255), bytesOf('eXIf'.repeat(FAR / 4))]) {
      const file = joined(
        [...start].map((char) => char.charCodeAt(0)),
        rest,
      );
      await read(file).catch((error) => assert.ok(error instanceof Unreadable));
    }
  const good = joined(jpeg(exifSegment(), segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', xmp(creator('Eve')))));
  for (let place = 2; place < good.length; place += 1)
    for (const value of [0, 255]) {
      const file = good.slice();
      file[place] = value;
      await read(file).catch((error) => assert.ok(error instanceof Unreadable));
    }
  assert.ok(performance.now() - begun < 20_000);
});

test('the author and the rights come from EXIF, else XMP, else IPTC, else PNG texts', async () => {
  const inXmp = segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', xmp(creator('From XMP')));
  const inIptc = resource(joined(iptc(80, 'From IPTC'), iptc(116, 'Rights in IPTC')));
  assert.equal((await read(jpeg(inIptc, inXmp, exifSegment()))).facts.author, 'Ana');
  assert.equal((await read(jpeg(inIptc, inXmp))).facts.author, 'From XMP');
  const { author, copyright } = (await read(jpeg(inIptc))).facts;
  assert.deepEqual([author, copyright], ['From IPTC', 'Rights in IPTC']);
  const texts = png(pngChunk('tEXt', 'Author\0Zoë'.replace('ë', 'e')), pngChunk('IDAT', [1]));
  assert.equal((await read(texts)).facts.author, 'Zoe');
});

test('words are read as UTF-8', async () => {
  assert.equal((await read(jpeg(exifSegment(tiff([[0x013b, 'Åsa 日本']]))))).facts.author, 'Åsa 日本');
});

test('XMP with a document type is not read', async () => {
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>';
  /** @type {string[]} */
  const parsed = [];
  const parser = xmpParser({
    parseFromString: (text) => {
      parsed.push(text);
      throw new Error('not in this test');
    },
  });
  const file = (before) =>
    jpeg(exifSegment(), segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', xmp(creator('Eve'), before)));
  assert.equal((await read(file(bomb), parser)).facts.author, 'Ana');
  assert.deepEqual(parsed, []);
  await read(file(''), parser);
  assert.ok(parsed.length > 0);
});

test('a range is asked for as such, and nothing but a range is taken', async (context) => {
  /** @type {[string, RequestInit][]} */
  const asked = [];
  let status = 206;
  context.mock.method(globalThis, 'fetch', async (url, options) => {
    asked.push([url, options]);
    return new Response('abc', { status });
  });
  const { signal } = new AbortController();
  const source = rangesOf('http://storage/one', signal);
  assert.deepEqual(await source({ start: 5, end: 8 }), bytesOf('abc'));
  assert.deepEqual(asked[0], ['http://storage/one', { headers: { range: 'bytes=5-7' }, signal }]);
  for (status of [200, 403, 404, 416]) await assert.rejects(source({ start: 5, end: 8 }), new RegExp(String(status)));
});
