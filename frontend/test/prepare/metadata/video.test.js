import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  box,
  clean,
  exifItem,
  GPS,
  heic,
  join,
  jpeg,
  PICTURE,
  text,
  tiff,
  track,
  video,
  writer,
  XYZ,
  xmp,
} from '../../../testing/pictures.js';

const { u32 } = writer(false);
const cleaned = (...parts) => clean(join(jpeg(), video(...parts)));
const LOCI = box('loci', Buffer.alloc(6), text('Tour Eiffel\0'), Buffer.alloc(13));

/** QuickTime metadata: keys, and values by the keys' numbers. */
function metadata(pairs, quickTime = true) {
  const keys = pairs.map(([key]) => box('mdta', text(key)));
  const values = pairs.map(([, value], index) =>
    box(`\0\0\0${String.fromCharCode(index + 1)}`, box('data', u32(1), u32(0), text(value))),
  );
  const contents = [
    box('hdlr', Buffer.alloc(8), text('mdta'), Buffer.alloc(12)),
    box('keys', u32(0), u32(keys.length), ...keys),
    box('ilst', ...values),
  ];
  return quickTime ? box('meta', ...contents) : box('meta', u32(0), ...contents);
}

test('the boxes that hold a place become free space', async () => {
  for (const place of [XYZ, LOCI]) {
    const { out, has, removed } = await cleaned([place, box('\xa9nam', text('A cat'))]);
    assert.deepEqual(removed, ['location']);
    assert.ok(!has('+48.8584') && !has('Tour Eiffel') && has('A cat') && has('moving pictures'));
    assert.equal(out.length, join(jpeg(), video([place, box('\xa9nam', text('A cat'))])).length);
  }
});

test('keys of QuickTime that mean a place lose their value, the others keep theirs', async () => {
  const pairs = [
    ['com.apple.quicktime.make', 'Apple'],
    ['com.apple.quicktime.location.ISO6709', '+48.8584+002.2945+035.000/'],
    ['com.apple.quicktime.location.name', 'Tour Eiffel'],
    ['com.apple.quicktime.creationdate', '2024-01-02T10:00:00-0300'],
  ];
  for (const quickTime of [true, false]) {
    const { has, removed } = await cleaned([], [], [metadata(pairs, quickTime)]);
    assert.deepEqual(removed, ['location']);
    assert.ok(!has('+48.8584') && !has('Tour Eiffel') && has('Apple') && has('2024-01-02T10:00:00-0300'));
  }
});

test('XMP in a video is cleaned', async () => {
  const packet = Buffer.from(xmp('xmlns:p="http://ns.adobe.com/photoshop/1.0/" p:City="Paris" p:Credit="Ana"'));
  const { has, removed } = await cleaned([box('XMP_', packet)]);
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('Paris') && has('p:Credit="Ana"'));
});

test('a video that records its way is blanked whole, and that is said', async () => {
  const apple = box('mebx', Buffer.alloc(8), box('keys', text('com.apple.quicktime.location.ISO6709')));
  const stsd = box('stsd', Buffer.alloc(4), [0, 0, 0, 1], apple);
  const tracks = [
    track('camm'),
    track('gpmd'),
    track('rtmd'),
    box('trak', box('mdia', box('minf', box('stbl', stsd)))),
  ];
  for (const each of tracks) {
    const before = join(jpeg(), video([XYZ], [track('avc1'), each]));
    const { out, has, removed } = await clean(before);
    assert.ok(removed.includes('video'));
    assert.ok(!has('moov') && !has('moving pictures') && !has('+48'));
    assert.equal(out.length, before.length);
    assert.ok(out.subarray(0, jpeg().length).equals(jpeg()));
  }
  assert.equal((await cleaned([], [track('avc1'), track('mett')])).location, 'clean');
});

test('a HEIC behind a picture is no video: it is asked about', async () => {
  const block = tiff({ gps: GPS });
  assert.equal((await clean(join(jpeg(), heic([PICTURE, exifItem(block)])))).location, 'unknown');
});
