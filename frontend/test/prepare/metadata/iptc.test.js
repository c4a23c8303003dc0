import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  clean,
  exifSegment,
  GPS,
  iptc,
  join,
  jpeg,
  photoshopSegment,
  resource,
  segment,
  tiff,
  xmp,
} from '../../../testing/pictures.js';

const md5 = (bytes) => createHash('md5').update(bytes).digest();
const PLACES = [26, 27, 90, 92, 95, 100, 101];
const KEPT = [iptc(80, 'Ana Maria'), iptc(55, '20240102'), iptc(116, '(c) Ana'), iptc(120, 'A cat, version 1.25')];

test('each place becomes spaces, the others stay', async () => {
  for (const set of PLACES) {
    const before = jpeg(photoshopSegment(resource(0x0404, join(...KEPT, iptc(set, 'FRANCE'), iptc(105, 'A cat')))));
    const { out, has, removed } = await clean(before);
    assert.deepEqual(removed, ['location'], `${set}`);
    assert.equal(out.toString('latin1'), before.toString('latin1').replace('FRANCE', '      '));
    assert.ok(has('Ana Maria'));
  }
  assert.equal((await clean(jpeg(photoshopSegment(resource(0x0404, join(...KEPT)))))).location, 'clean');
});

test('the digest of the records is computed again, unless it was wrong before', async () => {
  const records = join(...KEPT, iptc(90, 'Paris'));
  const fresh = md5(join(...KEPT, iptc(90, '     ')));
  for (const order of [0, 1]) {
    const parts = [resource(0x0404, records), resource(0x0425, md5(records))];
    const { out } = await clean(jpeg(photoshopSegment(parts[order], parts[1 - order])));
    assert.ok(out.includes(fresh) && !out.includes(md5(records)));
  }
  const wrong = Buffer.alloc(16, 0x55);
  const { out } = await clean(jpeg(photoshopSegment(resource(0x0404, records), resource(0x0425, wrong))));
  assert.ok(out.includes(wrong));
});

test('captions and keywords go only with coordinates', async () => {
  const records = join(iptc(25, 'geo:lat=48.85837'), iptc(25, 'holiday'), iptc(120, 'at 48.85837, 2.294481'));
  const { has } = await clean(jpeg(photoshopSegment(resource(0x0404, records))));
  assert.ok(!has('48.85837') && has('holiday'));
});

test('EXIF, XMP and the thumbnail in the resources are cleaned, also over two segments', async () => {
  const ns = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"';
  const all = join(
    resource(0x0422, tiff({ main: [[0x013b, 2, 'Ana Maria']], gps: GPS })),
    resource(0x0424, Buffer.from(xmp(`${ns} photoshop:City="Paris"`))),
    resource(0x040c, join(Buffer.alloc(28), jpeg(exifSegment(tiff({ gps: GPS }))))),
  );
  const two = [photoshopSegment(all.subarray(0, 301)), photoshopSegment(all.subarray(301))];
  for (const segments of [[photoshopSegment(all)], two]) {
    const { has, removed } = await clean(jpeg(...segments));
    assert.deepEqual(removed, ['location']);
    assert.ok(!has('LATITUDE-DATUM') && !has('Paris') && has('Ana Maria'));
  }
});

test('a place in a damaged resource is found by its record', async () => {
  const broken = join(Buffer.from('8BIM'), [4, 4, 0, 0, 0, 0x20], iptc(90, 'Paris'), iptc(80, 'Ana Maria'));
  const { has, removed } = await clean(jpeg(photoshopSegment(broken)));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('Paris') && has('Ana Maria'));
});

test('a place behind damaged records is asked about', async () => {
  const records = join(KEPT[0], [0x1c, 9, 9, 9, 9], iptc(90, 'Paris'));
  assert.equal((await clean(jpeg(photoshopSegment(resource(0x0404, records))))).location, 'unknown');
});

test('a comment of the file goes only with coordinates', async () => {
  assert.equal((await clean(jpeg(segment(0xfe, Buffer.from('made with GIMP'))))).location, 'clean');
  const { has } = await clean(jpeg(segment(0xfe, Buffer.from('taken at 48.85837N 2.294481E'))));
  assert.ok(!has('48.85837'));
});
