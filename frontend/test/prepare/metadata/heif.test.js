import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  box,
  clean,
  exifItem,
  GPS,
  heic,
  iptc,
  join,
  PICTURE,
  text,
  tiff,
  track,
  video,
  XYZ,
  xmp,
} from '../../../testing/pictures.js';

const BLOCK = tiff({
  main: [
    [0x0112, 3, 6],
    [0x013b, 2, 'Ana Maria'],
  ],
  gps: GPS,
});
const EXIF = exifItem(BLOCK);
const XMP = {
  type: 'mime',
  mime: 'application/rdf+xml',
  data: Buffer.from(xmp('xmlns:p="http://ns.adobe.com/photoshop/1.0/" p:City="Paris" p:Credit="Ana"')),
};
const TYPES = [
  ['image/heic', 'heic'],
  ['image/avif', 'avif'],
];

for (const [type, brand] of TYPES) {
  test(`the items lose the place where they are: ${type}`, async () => {
    for (const method of [0, 1]) {
      const before = heic([PICTURE, { ...EXIF, method }, { ...XMP, method }], { brand });
      const { out, has, removed } = await clean(before, type);
      assert.deepEqual(removed, ['location']);
      assert.equal(out.length, before.length);
      assert.ok(!has('LATITUDE-DATUM') && !has('Paris'));
      assert.ok(has('the picture itself') && has('Ana Maria') && has('p:Credit="Ana"'));
    }
  });

  test(`without such items, or without a place in them, nothing is asked or changed: ${type}`, async () => {
    assert.equal((await clean(heic([PICTURE], { brand }), type)).location, 'clean');
    const plain = exifItem(tiff({ main: [[0x013b, 2, 'Ana Maria']] }));
    assert.equal((await clean(heic([PICTURE, plain], { brand }), type)).location, 'clean');
  });
}

test('IPTC items are edited too', async () => {
  const { has } = await clean(
    heic([PICTURE, { type: 'iptc', data: join(iptc(90, 'Paris'), iptc(80, 'Ana')) }]),
    'image/heic',
  );
  assert.ok(!has('Paris') && has('Ana'));
});

test('what cannot be edited where it is is asked about', async () => {
  const cases = {
    'in another item': [PICTURE, { ...EXIF, method: 2 }],
    deflated: [PICTURE, { ...XMP, packed: 'deflate' }],
    'where another item is': [EXIF, { type: 'hvc1', data: EXIF.data, sameAs: 0 }],
  };
  for (const [name, items] of Object.entries(cases))
    assert.equal((await clean(heic(items), 'image/heic')).location, 'unknown', name);
  assert.equal((await clean(heic([PICTURE, EXIF]).subarray(0, -20), 'image/heic')).location, 'unknown', 'cut');
  assert.equal(
    (await clean(join(heic([PICTURE]).subarray(0, 20), Buffer.alloc(99)), 'image/heic')).location,
    'unknown',
  );
});

test('two items that share their bytes, but hold no place, make no question', async () => {
  const plain = exifItem(tiff({ main: [[0x013b, 2, 'Ana Maria']] }));
  assert.equal((await clean(heic([plain, { ...plain, sameAs: 0 }]), 'image/heic')).location, 'clean');
});

test('the video of a motion photo stays, without the place', async () => {
  const { has, removed } = await clean(heic([PICTURE], { more: [box('mpvd', video([XYZ]))] }), 'image/heic');
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('+48.8584') && has('moving pictures'));
});

test('a C2PA manifest becomes free space, and that is said', async () => {
  const uuid = box('uuid', text('\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81'), text('manifest'));
  const { has, removed } = await clean(heic([PICTURE], { more: [uuid] }), 'image/avif');
  assert.deepEqual(removed, ['credentials']);
  assert.ok(!has('manifest') && has('the picture itself'));
});

test('pictures in motion that record their way are asked about', async () => {
  const moov = (format) => box('moov', box('mvhd', Buffer.alloc(20)), track(format));
  assert.equal((await clean(heic([PICTURE], { more: [moov('camm')] }), 'image/avif')).location, 'unknown');
  assert.equal((await clean(heic([PICTURE], { more: [moov('av01')] }), 'image/avif')).location, 'clean');
});

test('what follows the boxes is never erased: more than padding is asked about', async () => {
  const whole = heic([PICTURE, EXIF]);
  const mdat = whole.indexOf('mdat') - 4;
  const gap = join(whole.subarray(0, mdat), Buffer.alloc(16), whole.subarray(mdat));
  for (const bytes of [
    gap,
    join(whole, text('\0\0\0\x04bytes of an unknown kind')),
    join(whole, video([XYZ]).subarray(8)),
  ]) {
    const { out, location } = await clean(bytes, 'image/heic');
    assert.equal(location, 'unknown');
    assert.ok(out.includes('the picture itself'));
  }
  assert.equal((await clean(join(whole, Buffer.alloc(16)), 'image/heic')).location, 'removed');
});

test('a picture that lies behind the boxes is asked about', async () => {
  const whole = heic([PICTURE]);
  const gap = join(whole.subarray(0, -26), Buffer.alloc(16), Buffer.alloc(26));
  assert.equal((await clean(gap, 'image/heic')).location, 'unknown');
});
