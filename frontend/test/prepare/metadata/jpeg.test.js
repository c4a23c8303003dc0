import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clean,
  directory,
  exifSegment,
  GPS,
  join,
  jpeg,
  segment,
  text,
  tiff,
  video,
  XYZ,
  xmp,
  xmpSegment,
} from '../../../testing/pictures.js';

const EXIF = exifSegment(tiff({ main: [[0x013b, 2, 'Ana Maria']], gps: GPS }));
const HDR = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" hdrgm:GainMapMax="2.5"';
/** The marker of ISO 21496-1, and a multi-picture directory (CIPA DC-007). */
const ISO_GAIN_MAP = segment(0xe2, join(text('urn:iso:std:iso:ts:21496:-1\0'), Buffer.alloc(4)));
const MPF = segment(0xe2, join(text('MPF\0MM\0*\0\0\0\x08'), directory([[0xb000, 7, text('0100')]], 8, false)));

test('a gain map and a second image are JPEGs with metadata of their own: they stay, without the place', async () => {
  const gainMap = jpeg(
    exifSegment(tiff({ main: [[0x013b, 2, 'Ana in the gain map']], gps: GPS })),
    xmpSegment(xmp(HDR)),
    ISO_GAIN_MAP,
  );
  const before = join(jpeg(EXIF, MPF, xmpSegment(xmp(HDR)), ISO_GAIN_MAP), gainMap, jpeg(EXIF));
  const { out, has, removed } = await clean(before);
  assert.deepEqual(removed, ['location']);
  assert.equal(out.length, before.length);
  assert.ok(!has('LATITUDE-DATUM') && has('Ana in the gain map') && has('hdrgm:GainMapMax="2.5"'));
  assert.equal(out.toString('latin1').split('\xff\xd8\xff').length - 1, 3);
  assert.equal((await clean(join(jpeg(MPF), jpeg(ISO_GAIN_MAP)))).location, 'clean');
});

test('a thumbnail of JFIF is a JPEG with metadata of its own', async () => {
  const { has, removed } = await clean(jpeg(segment(0xe0, join(text('JFXX\0\x10'), jpeg(EXIF)))));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('LATITUDE-DATUM') && has('Ana Maria'));
});

test('the video of a motion photo stays, without the place', async () => {
  const before = join(jpeg(EXIF), video([XYZ]));
  const { out, has, removed } = await clean(before);
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('+48.8584') && !has('LATITUDE-DATUM') && has('moving pictures') && has('ftypisom'));
  assert.equal(out.length, before.length);
  assert.equal((await clean(join(jpeg(), video()))).location, 'clean');
});

/** Samsung's trailer: blocks, then their directory. */
function samsung(blocks) {
  const u16 = (value) => [value & 255, value >> 8];
  const u32 = (value) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, 0];
  const built = blocks.map(([type, name, data]) => join(u16(0), u16(type), u32(name.length), text(name), data));
  const total = built.reduce((sum, block) => sum + block.length, 0);
  let at = 0;
  const rows = built.map((block, index) => {
    const row = join(u16(0), u16(blocks[index][0]), u32(total - at), u32(block.length));
    at += block.length;
    return row;
  });
  const head = join(text('SEFH'), u32(107), u32(rows.length), ...rows);
  return join(...built, head, u32(head.length), text('SEFT'));
}

test('of the blocks of Samsung only what tells a place goes', async () => {
  const trailer = samsung([
    [0x0a01, 'Image_UTC_Data', text('1704189600000')],
    [0x0aa1, 'MCC_Data', text('724')],
    [0x0a30, 'MotionPhoto_Data', video([XYZ])],
    [0x0001, 'Second', jpeg(EXIF)],
  ]);
  const before = join(jpeg(), trailer);
  const { out, has, removed } = await clean(before);
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('724') && !has('+48.8584') && !has('LATITUDE-DATUM'));
  assert.ok(has('1704189600000') && has('moving pictures') && has('Ana Maria') && has('SEFT'));
  assert.equal(out.length, before.length);
});

test('what hangs behind a JPEG and is of an unknown kind is blanked, up to what is known, and that is said', async () => {
  const { has, removed } = await clean(join(jpeg(), text('LATITUDE of an unknown kind'), jpeg(EXIF)));
  assert.deepEqual(removed, ['location', 'trailer']);
  assert.ok(!has('LATITUDE') && has('Ana Maria'));
  assert.equal((await clean(join(jpeg(), Buffer.alloc(5000)))).location, 'clean');
  // A second image behind padding of any length, also where a piece of it that is read ends.
  for (const length of [65_534, 65_535, 65_536, 65_537]) {
    const padded = await clean(join(jpeg(), Buffer.alloc(length), jpeg(EXIF)));
    assert.deepEqual(padded.removed, ['location'], `${length}`);
  }
});

test('a C2PA manifest is blanked whole, and that is said', async () => {
  const { has, removed } = await clean(jpeg(segment(0xeb, text('JP\0\x01\0\0\0\x01\0\0\0\x20jumb c2pa'))));
  assert.deepEqual(removed, ['credentials']);
  assert.ok(!has('c2pa'));
  assert.equal((await clean(jpeg(segment(0xeb, text('JP\0\x01\0\0\0\x01\0\0\0\x20RESI pixels'))))).location, 'clean');
});

test('segments of programs stay', async () => {
  const others = [
    segment(0xec, text('Ducky\0\x01\0\x04\0\0\0<')),
    segment(0xee, text('Adobe\0d\0\0\0\0\x01')),
    segment(0xe4, text('SCALADO\0')),
  ];
  assert.equal((await clean(jpeg(...others))).location, 'clean');
});

test('the position in a thermal picture of FLIR is erased', async () => {
  const block = Buffer.alloc(200);
  block.write('FFF\0', 0, 'latin1');
  block.writeUInt32BE(100, 0x14);
  block.writeUInt32BE(64, 0x18);
  block.writeUInt32BE(1, 0x1c);
  block.writeUInt16BE(0x2b, 64);
  block.writeUInt32BE(100, 64 + 12);
  block.writeUInt32BE(50, 64 + 16);
  block.write('POSITION', 110);
  block.write('temperatures', 180);
  const parts = [block.subarray(0, 112), block.subarray(112)].map((part, i) =>
    segment(0xe1, join(text('FLIR\0\x01'), [i, 1], part)),
  );
  const { has, removed } = await clean(jpeg(...parts));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('PO') && !has('SITION') && has('temperatures'));
});

test('the positions among the sensor data of GoPro are blanked, the settings stay', async () => {
  const record = (key, type, data) =>
    join(text(key), [type.charCodeAt(0), 1, data.length >> 8, data.length & 255], data, Buffer.alloc(-data.length & 3));
  const stream = join(
    record('STNM', 'c', text('Position')),
    record('GPS5', 'l', text('LATITUDE AND MORE')),
    record('ISOG', 'f', text('gain')),
  );
  const { has, removed } = await clean(
    jpeg(segment(0xe6, join(text('GoPro\0'), record('DEVC', '\0', record('STRM', '\0', stream))))),
  );
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('LATITUDE') && has('gain') && has('Position'));
});

test('a JPEG that cannot be followed is asked about', async () => {
  assert.equal((await clean(jpeg(EXIF).subarray(0, 60))).location, 'unknown');
  const rubbish = join(jpeg().subarray(0, -2), [0xff, 0x41, 9, 9, 9]);
  assert.equal((await clean(rubbish)).location, 'unknown');
});

test('what looks like the beginning of a video again and again ends', async () => {
  const many = Buffer.alloc(80_000, '\0\0\0\x04ftyp', 'latin1');
  assert.equal((await clean(join(jpeg(), many))).location, 'unknown');
});

test('EXIF and XMP are found behind marks that are not quite right, as other programs find them', async () => {
  const city = Buffer.from(xmp('xmlns:p="http://ns.adobe.com/photoshop/1.0/" p:City="Paris" p:Credit="Ana"'));
  const block = tiff({ main: [[0x013b, 2, 'Ana Maria']], gps: GPS });
  for (const bytes of [
    join(text('Exif\0\xff'), block),
    join(text('http://ns.adobe.com/xap/1.0\0'), city),
    join(text('XMP\0://ns.adobe.com/xap/1.0/\0'), city),
  ]) {
    const { removed, has } = await clean(jpeg(segment(0xe1, bytes)));
    assert.deepEqual(removed, ['location'], bytes.toString('latin1', 0, 30));
    assert.ok(!has('LATITUDE-DATUM') && !has('Paris') && has('Ana'));
  }
});

test('a segment that may hold EXIF or XMP and cannot be read is asked about', async () => {
  const block = tiff({ gps: GPS });
  for (const bytes of [
    join(text('\0\0Exif\0\0'), block),
    join(text('EXIF\0\0'), block),
    text('http://ns.adobe.com/xap/2.0/\0binary'),
  ])
    assert.equal((await clean(jpeg(segment(0xe1, bytes)))).location, 'unknown');
  assert.equal((await clean(jpeg(segment(0xe1, text('PARROT\0 other data'))))).location, 'clean');
});
