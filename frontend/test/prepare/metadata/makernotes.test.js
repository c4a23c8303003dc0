import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clean, directory, exifSegment, join, jpeg, text, tiff, writer } from '../../../testing/pictures.js';

const PLACE = 'CITY OF LIGHT, FRANCE';
const LENS = 'LENS OF THE MAKER';
const { u16, u32 } = writer(false);

/** The block with a note in it; the note is built for the place where it will lie. */
function block(make, note) {
  const main = make ? [[0x010f, 2, make]] : [];
  const size = note(0).length;
  const exif = (bytes) => [
    [0x927c, 7, bytes],
    [0xa434, 2, 'A lens of 35 mm'],
  ];
  const at = tiff({ main, exif: exif(Buffer.alloc(size, 0x7e)) }).indexOf(Buffer.alloc(size, 0x7e));
  return tiff({ main, exif: exif(note(at)) });
}
/** A directory behind a header, whose offsets count from `base`. */
const plain =
  (header, entries, base = null) =>
  (at) =>
    join(text(header), directory(entries, (base ?? at) + header.length, false));
const nikon = (entries) => () => join(text('Nikon\0\x02\x10\0\0MM\0*'), u32(8), directory(entries, 8, false));
const fuji = (entries) => () => join(text('FUJIFILM'), [12, 0, 0, 0], directory(entries, 12, true));
const value = (tag, bytes = text(`${PLACE}\0`)) => [tag, 7, bytes];
const lens = (tag = 0x7000) => [tag, 2, LENS];

const WITH_PLACES = {
  Panasonic: [
    'Panasonic',
    plain('Panasonic\0\0\0', [value(0x67), value(0x69), value(0x6b), value(0x6d), value(0x6f), value(0x80), lens()]),
  ],
  Nikon: ['NIKON CORPORATION', nikon([value(0x39, text(`0100${PLACE}`)), lens()])],
  'Nikon, altitude': ['NIKON CORPORATION', nikon([value(0xc3, join(text('0100\0\0'), text(PLACE))), lens()])],
  Samsung: ['samsung', plain('', [value(0x30), value(0x31), lens()])],
  'Samsung, counted from the note': ['samsung', plain('', [value(0x30), value(0x31), lens()], 0)],
  Canon: ['Canon', plain('', [[0x35, 7, join(u32(16), u32(0), text('CITY'), u32(0))], lens()])],
  'Pentax, first cameras': ['Asahi Optical Co.,Ltd', plain('', [value(0x1000), value(0x1001), lens()])],
};

for (const [name, [make, note]] of Object.entries(WITH_PLACES)) {
  test(`the tags that can hold a place are blanked, the others stay: ${name}`, async () => {
    const before = jpeg(exifSegment(block(make, note)));
    const { out, has, removed } = await clean(before);
    assert.ok(before.includes('CITY'));
    assert.deepEqual(removed, ['location']);
    assert.ok(!has('CITY') && has(LENS) && has('A lens of 35 mm'));
    assert.equal(out.length, before.length);
  });
}

test('the cities of Pentax become no city: zero would be one', async () => {
  const note = plain('AOC\0MM', [[0x23, 3, 11], [0x24, 3, 12], [0x6b, 7, Buffer.from([3, 0, 11, 12])], lens()]);
  const { out, has, removed } = await clean(jpeg(exifSegment(block('PENTAX Corporation', note))));
  assert.deepEqual(removed, ['location']);
  assert.ok(has(LENS));
  for (const row of [
    [0, 0x23, 0, 3, 0, 0, 0, 1, 0xff, 0xff],
    [0, 0x6b, 0, 7, 0, 0, 0, 4, 3, 0, 0xff, 0xff],
  ])
    assert.ok(out.includes(Buffer.from(row)));
});

const WITHOUT_PLACES = {
  Apple: ['Apple', plain('Apple iOS\0\0\x01MM', [lens()], 0)],
  Sony: ['SONY', plain('SONY DSC \0\0\0', [lens()])],
  Fujifilm: ['FUJIFILM', fuji([lens()])],
  Olympus: ['OLYMPUS CORPORATION', plain('OLYMPUS\0MM\x03\0', [lens()], 0)],
  'OM System': ['OM Digital Solutions', plain('OM SYSTEM\0\0\0MM\x04\0', [lens()], 0)],
  Google: ['Google', () => text(`HDRP\x03${LENS}`)],
};

for (const [name, [make, note]] of Object.entries(WITHOUT_PLACES)) {
  test(`a note in which nothing can hold a place stays byte for byte: ${name}`, async () => {
    assert.equal((await clean(jpeg(exifSegment(block(make, note))))).location, 'clean');
  });
}

test('the note of an unknown maker is blanked whole, and that is said', async () => {
  const before = jpeg(exifSegment(block('Nobody', () => text(`NOBODY\0${PLACE}`))));
  const { out, has, removed } = await clean(before);
  assert.deepEqual(removed, ['makerNotes']);
  assert.ok(!has('NOBODY') && !has(PLACE) && has('A lens of 35 mm'));
  assert.equal(out.length, before.length);
});

test('a note that a program moved is read from where it was, or blanked whole', async () => {
  const entries = [value(0x6d), lens()];
  const moved = plain('Panasonic\0\0\0', entries);
  const { has, removed } = await clean(jpeg(exifSegment(block('Panasonic', (at) => moved(at + 400)))));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has(PLACE) && has(LENS));
  // Offsets that cannot be right, whatever is added.
  const broken = (at) => {
    const note = moved(at);
    u32(at + 1000).copy(note, 12 + 2 + 8);
    return note;
  };
  const lost = await clean(jpeg(exifSegment(block('Panasonic', broken))));
  assert.deepEqual(lost.removed, ['makerNotes']);
  assert.ok(!lost.has(PLACE) && !lost.has(LENS));
});

test('a preview inside a note is cleaned too', async () => {
  const preview = jpeg(exifSegment(tiff({ main: [[0x013b, 2, 'Ana inside']], gps: [[18, 2, 'LATITUDE-DATUM']] })));
  const note = plain('SONY DSC \0\0\0', [[0x2001, 7, preview], lens()]);
  const { has, removed } = await clean(jpeg(exifSegment(block('SONY', note))));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('LATITUDE-DATUM') && has('Ana inside') && has(LENS));
  assert.ok(u16(1).length === 2);
});
