import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clean, GPS, join, text, tiff, writer, xmp } from '../../../testing/pictures.js';

const { u32 } = writer(true);
const riff = (type, data) => join(text(type), u32(data.length), data, Buffer.alloc(data.length & 1));
const webp = (...chunks) => {
  const body = join(text('WEBP'), riff('VP8X', Buffer.alloc(10, 12)), riff('VP8 ', text('pixels')), ...chunks);
  return join(text('RIFF'), u32(body.length), body);
};
const EXIF = tiff({
  main: [
    [0x0112, 3, 6],
    [0x013b, 2, 'Ana Maria'],
  ],
  gps: GPS,
  little: true,
});
const CITY = Buffer.from(xmp('xmlns:p="http://ns.adobe.com/photoshop/1.0/" p:City="Paris" p:Credit="Ana"'));

test('EXIF and XMP lose the place, in the same length', async () => {
  for (const start of ['', 'Exif\0\0']) {
    const before = webp(riff('EXIF', join(text(start), EXIF)), riff('XMP ', CITY));
    const { out, has, removed } = await clean(before, 'image/webp');
    assert.deepEqual(removed, ['location']);
    assert.equal(out.length, before.length);
    assert.ok(!has('LATITUDE-DATUM') && !has('Paris') && has('Ana Maria') && has('p:Credit="Ana"'));
  }
});

test('without a place it stays itself, and C2PA is blanked', async () => {
  assert.equal((await clean(webp(riff('XMP ', Buffer.from(xmp('')))), 'image/webp')).location, 'clean');
  const { has, removed } = await clean(webp(riff('C2PA', text('manifest'))), 'image/webp');
  assert.deepEqual(removed, ['credentials']);
  assert.ok(!has('manifest'));
});

test('a file that is cut is asked about', async () => {
  assert.equal((await clean(webp(riff('EXIF', EXIF)).subarray(0, 90), 'image/webp')).location, 'unknown');
});
