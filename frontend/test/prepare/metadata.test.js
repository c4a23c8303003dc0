import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeLocation } from '../../src/prepare/metadata/index.js';

const text = (string) => [...string].map((char) => char.charCodeAt(0));
const bytesOf = async (blob) => [...new Uint8Array(await blob.arrayBuffer())];
const has = (bytes, string) => Buffer.from(bytes).includes(string);

/** A TIFF block with orientation 6 and, when asked, a pointer to GPS data. */
const tiff = (gps) => [
  0x4d,
  0x4d,
  0,
  0x2a,
  0,
  0,
  0,
  8,
  0,
  gps ? 2 : 1,
  0x01,
  0x12,
  0,
  3,
  0,
  0,
  0,
  1,
  0,
  6,
  0,
  0,
  ...(gps ? [0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38] : []),
  0,
  0,
  0,
  0,
  ...text('LATITUDE'),
];
const segment = (marker, body) => [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body];
const JFIF = segment(0xe0, text('JFIF\0\x01\x01\0\0\x01\0\x01\0\0'));
const PIXELS = [...segment(0xdb, [0, 1, 2]), ...segment(0xda, [9, 9]), 1, 0xff, 0, 2, 0xff, 0xd0, 3, 0xff, 0xd9];
const jpeg = (...middle) => new Blob([new Uint8Array([0xff, 0xd8, ...JFIF, ...middle.flat(), ...PIXELS])]);
const exif = (gps) => segment(0xe1, [...text('Exif\0\0'), ...tiff(gps)]);

test('a JPEG that tells no place is left as it is, byte for byte', async () => {
  const blob = jpeg(exif(false), segment(0xfe, text('made with GIMP')));
  const out = await removeLocation(blob, 'image/jpeg');
  assert.equal(out.location, 'clean');
  assert.equal(out.blob, blob);
});

test('a JPEG loses its place and keeps its pixels and its way up', async () => {
  const out = await removeLocation(
    jpeg(exif(true), segment(0xe1, text('http://ns.adobe.com/xap/1.0/\0GPSLatitude'))),
    'image/jpeg',
  );
  const bytes = await bytesOf(out.blob);
  assert.equal(out.location, 'removed');
  assert.ok(!has(bytes, 'LATITUDE') && !has(bytes, 'GPS'));
  assert.deepEqual(bytes.slice(-PIXELS.length), PIXELS);
  const at = Buffer.from(bytes).indexOf('Exif\0\0');
  assert.equal(bytes[at + 6 + 19], 6);
});

test('what hangs behind a JPEG (second pictures, maker blocks) goes too', async () => {
  const whole = new Blob([jpeg(), new Uint8Array(text('MotionPhoto_Data LATITUDE'))]);
  const out = await removeLocation(whole, 'image/jpeg');
  assert.equal(out.location, 'removed');
  assert.deepEqual(await bytesOf(out.blob), await bytesOf(jpeg()));
});

test('a JPEG that can not be followed to its end, and formats without a cleaner, are reported as unknown', async () => {
  const cut = jpeg(exif(true)).slice(0, 60);
  assert.equal((await removeLocation(cut, 'image/jpeg')).location, 'unknown');
  assert.equal((await removeLocation(new Blob(['x']), 'image/heic')).location, 'unknown');
});

const chunk = (type, data) => [0, 0, data.length >> 8, data.length & 255, ...text(type), ...data, 0, 0, 0, 0];
const PNG = [0x89, ...text('PNG\r\n\x1a\n'), ...chunk('IHDR', Array(13).fill(1))];
const END = [...chunk('IDAT', [1, 2, 3]), ...chunk('IEND', [])];
const png = (...middle) => new Blob([new Uint8Array([...PNG, ...middle.flat(), ...END])]);

test('a PNG loses EXIF with a place, packed and speaking texts; others leave it as it is', async () => {
  const kept = await removeLocation(png(chunk('tEXt', text('Software\0gimp'))), 'image/png');
  assert.equal(kept.location, 'clean');
  const out = await removeLocation(png(chunk('eXIf', tiff(true)), chunk('zTXt', [1])), 'image/png');
  assert.equal(out.location, 'removed');
  const bytes = await bytesOf(out.blob);
  assert.ok(!has(bytes, 'LATITUDE') && !has(bytes, 'zTXt') && has(bytes, 'eXIf'));
  assert.deepEqual(bytes.slice(-END.length), END);
});

test('a WebP loses EXIF and XMP, its size and flags are put right, its pixels stay', async () => {
  const riff = (type, data) => [...text(type), data.length, 0, 0, 0, ...data, ...(data.length % 2 ? [0] : [])];
  const body = [
    ...riff('VP8X', [0x0c, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
    ...riff('VP8 ', [1, 2, 3, 4]),
    ...riff('EXIF', tiff(true)),
    ...riff('XMP ', text('GPS!')),
  ];
  const blob = new Blob([new Uint8Array([...text('RIFF'), body.length + 4, 0, 0, 0, ...text('WEBP'), ...body])]);
  const out = await bytesOf((await removeLocation(blob, 'image/webp')).blob);
  assert.ok(!has(out, 'LATITUDE') && !has(out, 'XMP ') && has(out, 'VP8 '));
  assert.equal(out[4] | (out[5] << 8), out.length - 8);
  assert.equal(out[20], 0x08); // EXIF is announced: the block that says which way is up
});

test('a GIF loses application blocks, keeps its loop and its frames', async () => {
  const loop = [0x21, 0xff, 11, ...text('NETSCAPE2.0'), 3, 1, 0, 0, 0];
  const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0];
  const head = [...text('GIF89a'), 1, 0, 1, 0, 0, 0, 0];
  const xmp = [0x21, 0xff, 11, ...text('XMP DataXMP'), 3, ...text('GPS'), 0];
  const gif = (...parts) => new Blob([new Uint8Array([...head, ...parts.flat(), 0x3b])]);
  assert.equal((await removeLocation(gif(loop, frame), 'image/gif')).location, 'clean');
  const out = await removeLocation(gif(loop, xmp, frame), 'image/gif');
  assert.deepEqual(await bytesOf(out.blob), await bytesOf(gif(loop, frame)));
});
