import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeLocation } from '../../../src/prepare/metadata/index.js';
import { chunk, clean, exifSegment, GPS, join, jpeg, png, text, tiff, writer } from '../../../testing/pictures.js';

const MAIN = [
  [0x010e, 2, 'A cat in the garden'],
  [0x010f, 2, 'Camera maker'],
  [0x0112, 3, 6],
  [0x013b, 2, 'Ana Maria'],
  [0x8298, 2, '(c) 2024 Ana'],
];
const EXIF = [
  [0x829a, 5, [1, 250]],
  [0x9003, 2, '2024:01:02 10:00:00'],
  [0x9011, 2, '-03:00'],
  [0xa434, 2, 'A lens of 35 mm'],
];
/** All that is written into these blocks and is no place. */
const KEPT = [
  'A cat in the garden',
  'Camera maker',
  'Ana Maria',
  '(c) 2024 Ana',
  '2024:01:02 10:00:00',
  '-03:00',
  'A lens',
];
const COORDINATES = (little) => {
  const { u32 } = writer(little);
  return join(...[48, 1, 51, 1, 301, 10].map(u32));
};

for (const little of [false, true]) {
  test(`the GPS directory is erased with its values, and nothing else changes: ${little ? 'II' : 'MM'}`, async () => {
    const before = jpeg(exifSegment(tiff({ main: MAIN, exif: EXIF, gps: GPS, little })));
    const { out, location, removed, has } = await clean(before);
    assert.equal(location, 'removed');
    assert.deepEqual(removed, ['location']);
    assert.equal(out.length, before.length);
    assert.ok(before.includes(COORDINATES(little)) && !out.includes(COORDINATES(little)));
    assert.ok(!has('LATITUDE-DATUM'));
    for (const words of KEPT) assert.equal(out.indexOf(words), before.indexOf(words), words);
    // Without its directory, the block is the same as one that never had it, up to where that one would begin.
    const never = tiff({ main: MAIN, exif: EXIF, little });
    const at = out.indexOf('Exif\0\0') + 6;
    const count = little ? out.readUInt16LE(at + 8) : out.readUInt16BE(at + 8);
    assert.equal(count, MAIN.length + 1);
    assert.equal(
      out.subarray(at + 10, at + 10 + MAIN.length * 12).indexOf(0x88),
      never.subarray(10, 10 + MAIN.length * 12).indexOf(0x88),
    );
  });
}

test('a bare version of GPS tags is no place', async () => {
  const { location } = await clean(jpeg(exifSegment(tiff({ main: MAIN, gps: GPS.slice(0, 1) }))));
  assert.equal(location, 'clean');
});

test('a file without a place stays the file itself', async () => {
  const { location, removed } = await clean(jpeg(exifSegment(tiff({ main: MAIN, exif: EXIF }))));
  assert.equal(location, 'clean');
  assert.deepEqual(removed, []);
});

test('a thumbnail is a JPEG with metadata of its own', async () => {
  const thumbnail = jpeg(exifSegment(tiff({ main: [[0x013b, 2, 'Ana inside']], gps: GPS })));
  const before = jpeg(exifSegment(tiff({ main: MAIN, thumbnail })));
  const { out, has, removed } = await clean(before);
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('LATITUDE-DATUM') && has('Ana inside') && has('Ana Maria'));
  assert.equal(out.length, before.length);
});

test('a thumbnail that is cut does not make a question', async () => {
  const { location } = await clean(jpeg(exifSegment(tiff({ main: MAIN, thumbnail: jpeg().subarray(0, 24) }))));
  assert.equal(location, 'clean');
});

test('a place that shares its bytes with something else is asked about', async () => {
  const block = tiff({ main: MAIN, gps: GPS });
  // The artist's name now lies where the latitude lies.
  const latitude = block.indexOf(COORDINATES(false));
  block.writeUInt32BE(latitude, 8 + 2 + 3 * 12 + 8);
  const { location, removed } = await clean(jpeg(exifSegment(block)));
  assert.equal(location, 'unknown');
  assert.deepEqual(removed, []);
});

test('free texts go only when they hold coordinates', async () => {
  const place = 'GPS: 48.85837 N, 2.294481 E (Paris, Tour Eiffel)';
  const comment = Buffer.from('Lat 48.85837 Lon 2.294481 location Paris\0', 'utf16le');
  const told = [
    [0x010e, 2, place],
    [0x013b, 2, 'Ana Maria'],
    [0x9c9c, 1, comment],
  ];
  const { has, out, removed } = await clean(jpeg(exifSegment(tiff({ main: told, exif: EXIF }))));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('48.85837') && !out.includes(Buffer.from('48.85837', 'utf16le')));
  assert.ok(has('Ana Maria') && has('2024:01:02 10:00:00'));
  const user = join(Buffer.from('UNICODE\0'), Buffer.from('at 48°51\'30.1"N 2°17\'40.2"E', 'utf16le').swap16());
  assert.ok(!(await clean(jpeg(exifSegment(tiff({ exif: [[0x9286, 7, user]] }))))).out.includes(user.subarray(20)));
});

test('the bytes behind an EXIF directory are no pointer: some programs leave it out', async () => {
  const block = tiff({ exif: EXIF, gps: GPS });
  // In place of the pointer the first value begins, which would lead into the latitude.
  const exifAt = block.readUInt32BE(8 + 2 + 8);
  block.writeUInt32BE(block.indexOf(COORDINATES(false)), exifAt + 2 + EXIF.length * 12);
  const { removed, has } = await clean(jpeg(exifSegment(block)));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('LATITUDE-DATUM') && has('A lens'));
});

test('GeoTIFF tags tell a place on the ground', async () => {
  const model = Buffer.alloc(48, 0x41);
  const { has, removed } = await clean(jpeg(exifSegment(tiff({ main: [...MAIN, [0x8482, 7, model]] }))));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('AAAAAAAA') && has('Ana Maria'));
});

test('a block that goes on in a second segment is one block', async () => {
  const block = tiff({ main: [[0x013b, 2, 'x'.repeat(300)]], gps: GPS });
  const cut = 250;
  const { has, removed } = await clean(jpeg(exifSegment(block.subarray(0, cut)), exifSegment(block.subarray(cut))));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('LATITUDE-DATUM'));
});

/** Counts the texts that are decoded, and their bytes. */
async function decoded(work) {
  const { decode } = TextDecoder.prototype;
  const counted = { texts: 0, bytes: 0 };
  TextDecoder.prototype.decode = function (bytes) {
    if (bytes.length >= 1000) {
      counted.texts += 1;
      counted.bytes += bytes.length;
    }
    return decode.call(this, bytes);
  };
  try {
    await work();
  } finally {
    TextDecoder.prototype.decode = decode;
  }
  return counted;
}

/** Entries of free text that lie in one long text, each `step` bytes further. */
function sharing(count, length, step, tag = 0x010e) {
  const { u16, u32 } = writer(false);
  const at = 8 + 2 + count * 12 + 4;
  const entries = Array.from({ length: count }, (_, i) => join(u16(tag), u16(2), u32(length), u32(at + i * step)));
  return join(text('MM\0*'), u32(8), u16(count), ...entries, u32(0), Buffer.alloc(length + count * step, 'a'));
}

test('a text that many entries share is looked at once', async () => {
  const bytes = png(chunk('eXIf', sharing(500, 5000, 0)));
  const { texts } = await decoded(async () => {
    const { location } = await removeLocation(new Blob([bytes]), 'image/png');
    assert.equal(location, 'clean');
  });
  assert.ok(texts > 0 && texts < 10, `${texts}`);
});

test('texts that would take too long to look at are asked about', async () => {
  const bytes = png(chunk('eXIf', sharing(60, 300_000, 1)));
  const counted = await decoded(async () => {
    const { location } = await removeLocation(new Blob([bytes]), 'image/png');
    assert.equal(location, 'unknown');
  });
  assert.ok(counted.bytes < 60 * 300_000, `${counted.bytes}`);
});

test('values of any kind that share one long range are asked about', async () => {
  const bytes = png(chunk('eXIf', sharing(300, 1024 * 1024, 0, 0x02bc).fill(' ', 4000)));
  const { location } = await removeLocation(new Blob([bytes]), 'image/png');
  assert.equal(location, 'unknown');
});

test('the title of a picture is a free text too', async () => {
  const { has, removed } = await clean(jpeg(exifSegment(tiff({ exif: [[0xa436, 2, 'at 48.85837, 2.294481']] }))));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('48.85837'));
});

test('a pointer to the GPS directory is followed by its type, or asked about', async () => {
  const { u16, u32 } = writer(false);
  const block = tiff({ main: MAIN, gps: GPS });
  const entry = block.indexOf(Buffer.from([0x88, 0x25]));
  const pointer = block.readUInt32BE(entry + 8);
  const outcome = async (type, count, value) => {
    const changed = Buffer.from(block);
    join(u16(type), u32(count), value).copy(changed, entry + 2);
    return (await clean(jpeg(exifSegment(changed)))).location;
  };
  assert.equal(await outcome(3, 1, join(u16(pointer), u16(0))), 'removed');
  assert.equal(await outcome(13, 1, u32(pointer)), 'removed');
  for (const odd of [
    [7, 1, u32(pointer)],
    [4, 2, u32(pointer)],
    [4, 1, u32(0x7fffffff)],
  ])
    assert.equal(await outcome(...odd), 'unknown', `${odd}`);
  for (const empty of [
    [4, 1, u32(0)],
    [4, 0, u32(pointer)],
  ])
    assert.equal(await outcome(...empty), 'clean', `${empty}`);
});
