import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../../src/prepare/hash.js';
import { removeLocation } from '../../../src/prepare/metadata/index.js';
import {
  chunk,
  clean,
  exifItem,
  exifSegment,
  GPS,
  heic,
  iptc,
  join,
  jpeg,
  PICTURE,
  photoshopSegment,
  png,
  resource,
  text,
  tiff,
  video,
  XYZ,
  xmp,
  xmpSegment,
} from '../../../testing/pictures.js';

const BLOCK = tiff({
  main: [[0x010f, 2, 'Canon']],
  exif: [[0x927c, 7, Buffer.alloc(40, 1)]],
  gps: GPS,
  thumbnail: jpeg(),
});
const ALL = {
  'image/jpeg': join(
    jpeg(
      exifSegment(BLOCK),
      xmpSegment(xmp('xmlns:e="http://ns.adobe.com/exif/1.0/" e:GPSLatitude="1,2N"')),
      photoshopSegment(resource(0x0404, iptc(90, 'Paris'))),
    ),
    video([XYZ]),
  ),
  'image/png': png(chunk('eXIf', BLOCK), chunk('tEXt', text('Comment\x0048.85837, 2.294481'))),
  'image/heic': heic([PICTURE, exifItem(BLOCK)]),
};

/** The same numbers in every run. */
function* random(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

test('damaged files are edited or asked about, and never throw', async () => {
  const numbers = random(7);
  const next = (below) => Math.floor(numbers.next().value * below);
  const seen = new Set();
  for (const [type, whole] of Object.entries(ALL)) {
    for (let round = 0; round < 400; round += 1) {
      const bytes = Buffer.from(whole);
      for (let i = next(4); i >= 0; i -= 1) bytes[next(bytes.length)] = [0, 255, next(256)][next(3)];
      const cut = round % 4 === 0 ? bytes.subarray(0, next(bytes.length)) : bytes;
      const { out, location } = await clean(cut, type);
      seen.add(location);
      if (type !== 'image/png') assert.equal(out.length, cut.length);
    }
  }
  assert.deepEqual([...seen].sort(), ['clean', 'removed', 'unknown']);
});

test('the bytes in memory are those of the blob, so their hash is its hash', async () => {
  for (const [type, whole] of Object.entries(ALL)) {
    const { blob, bytes } = await removeLocation(new Blob([whole]), type, new Uint8Array(whole));
    assert.equal(await sha256(bytes), await sha256(blob));
    assert.equal(await sha256(bytes, /** @type {any} */ (null)), await sha256(blob));
  }
});

/** A file of any size whose bytes are made when they are read, and which counts them. */
class LargeFile {
  constructor(head, size, tail) {
    Object.assign(this, { head, size, tail, read: 0, largest: 0 });
  }

  slice(from = 0, to = this.size) {
    const end = Math.min(to, this.size);
    return {
      arrayBuffer: async () => {
        this.read += end - from;
        this.largest = Math.max(this.largest, end - from);
        const bytes = new Uint8Array(end - from).fill(0x55);
        if (from < this.head.length) bytes.set(this.head.subarray(from, Math.min(end, this.head.length)));
        const tailAt = this.size - this.tail.length;
        if (end > tailAt)
          bytes.set(this.tail.subarray(Math.max(0, from - tailAt), end - tailAt), Math.max(0, tailAt - from));
        return bytes.buffer;
      },
    };
  }
}

test('a file of 200 MB is read in small pieces, and of a HEIC only what is needed', async () => {
  const size = 200 * 1024 * 1024;
  const picture = jpeg(exifSegment(BLOCK));
  const large = new LargeFile(picture.subarray(0, -2), size, Buffer.from([0xff, 0xd9]));
  assert.equal((await removeLocation(large, 'image/jpeg')).location, 'removed');
  assert.ok(large.largest <= 4 * 1024 * 1024, `${large.largest}`);
  const mdat = Buffer.alloc(8);
  mdat.writeUInt32BE(size - heic([PICTURE]).length, 0);
  mdat.write('mdat', 4);
  const album = new LargeFile(join(heic([PICTURE]), mdat), size, Buffer.alloc(0));
  assert.equal((await removeLocation(album, 'image/heic')).location, 'clean');
  assert.ok(album.read < 2 * 1024 * 1024, `${album.read}`);
});

test('the time grows with the size alone', async () => {
  const milliseconds = async (count) => {
    const segments = Array.from({ length: 40 }, () => xmpSegment(`<a>${'<b c="1">x</b>'.repeat(count)}</a>`));
    const bytes = jpeg(
      ...segments,
      exifSegment(tiff({ main: Array.from({ length: count }, (_, i) => [0x9000 + i, 2, 'value of it']) })),
    );
    const began = performance.now();
    await clean(bytes);
    return performance.now() - began;
  };
  await milliseconds(500);
  const short = Math.min(await milliseconds(500), await milliseconds(500), await milliseconds(500));
  const long = Math.min(await milliseconds(4000), await milliseconds(4000));
  assert.ok(long < 24 * short, `${long} against ${short}`);
});
