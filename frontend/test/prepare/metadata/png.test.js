import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { chunk, clean, GPS, join, png, text, tiff, xmp } from '../../../testing/pictures.js';

const EXIF = tiff({ main: [[0x013b, 2, 'Ana Maria']], gps: GPS });
const CITY = xmp(
  'xmlns:p="http://ns.adobe.com/photoshop/1.0/" p:City="Paris" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:rights="Ana"',
);

/** All chunks, whose CRCs must be right. */
function chunks(bytes) {
  const found = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const body = bytes.subarray(at + 4, at + 8 + length);
    assert.equal(bytes.readUInt32BE(at + 8 + length), crc32(body), body.toString('latin1', 0, 4));
    found.push({ type: body.toString('latin1', 0, 4), data: body.subarray(4) });
    at += 12 + length;
  }
  return found;
}
const cleaned = (...middle) => clean(png(...middle), 'image/png');

test('EXIF and XMP lose the place in the same length, under new CRCs', async () => {
  const before = png(chunk('eXIf', EXIF), chunk('iTXt', join(text('XML:com.adobe.xmp\0\0\0\0\0'), Buffer.from(CITY))));
  const { out, has, removed } = await clean(before, 'image/png');
  assert.deepEqual(removed, ['location']);
  assert.equal(out.length, before.length);
  assert.ok(!has('LATITUDE-DATUM') && !has('Paris') && has('Ana Maria') && has('dc:rights="Ana"'));
  assert.equal(chunks(out).length, 5);
});

test('EXIF may begin with the mark that it has in a JPEG', async () => {
  const { has, removed } = await cleaned(chunk('eXIf', join(text('Exif\0\0'), EXIF)));
  assert.deepEqual(removed, ['location']);
  assert.ok(!has('LATITUDE-DATUM') && has('Ana Maria'));
});

test('compressed texts are inflated, cleaned and compressed again', async () => {
  const packed = join(text('XML:com.adobe.xmp\0\x01\0\0\0'), deflateSync(Buffer.from(CITY)));
  const comment = join(text('Comment\0\0'), deflateSync(text('taken at 48.85837, 2.294481')));
  const { out, removed } = await cleaned(chunk('iTXt', packed), chunk('zTXt', comment));
  assert.deepEqual(removed, ['location']);
  const [first, second] = chunks(out).slice(1);
  const words = inflateSync(first.data.subarray(22)).toString();
  assert.ok(!words.includes('Paris') && words.includes('dc:rights="Ana"'));
  assert.equal(inflateSync(second.data.subarray(9)).toString().trim(), '');
});

test('texts stay, compressed or not, unless they hold coordinates or are named for a place', async () => {
  const software = chunk('zTXt', join(text('Software\0\0'), deflateSync(text('GIMP, version 2.10.36'))));
  assert.equal((await cleaned(software, chunk('tEXt', text('Author\0Ana')))).location, 'clean');
  const { has } = await cleaned(
    chunk('tEXt', text('exif:GPSLatitude\x0048/1, 51/1')),
    chunk('tEXt', text('Author\0Ana')),
  );
  assert.ok(!has('48/1') && has('Ana'));
});

test('a raw profile in hexadecimal is cleaned', async () => {
  const hex = join(text('Exif\0\0'), EXIF).toString('hex').replaceAll(/.{72}/g, '$&\n');
  const profile = `\nexif\n${String(EXIF.length + 6).padStart(8)}\n${hex}\n`;
  const data = join(text('Raw profile type exif\0\0'), deflateSync(text(profile)));
  const { out, removed } = await cleaned(chunk('zTXt', data));
  assert.deepEqual(removed, ['location']);
  const after = inflateSync(chunks(out)[1].data.subarray(23)).toString();
  assert.equal(after.length, profile.length);
  const bytes = Buffer.from(after.replaceAll(/\s/g, '').slice(4 + String(EXIF.length + 6).length), 'hex');
  assert.ok(!bytes.includes('LATITUDE-DATUM') && bytes.includes('Ana Maria'));
});

test('a text that inflates without end, or cannot be inflated, is asked about', async () => {
  const bomb = join(text('Comment\0\0'), deflateSync(Buffer.alloc(40 * 1024 * 1024)));
  assert.equal((await cleaned(chunk('zTXt', bomb))).location, 'unknown');
  assert.equal((await cleaned(chunk('zTXt', text('Comment\0\0rubbish')))).location, 'unknown');
});

test('a C2PA manifest is blanked whole, and that is said', async () => {
  const { out, has, removed } = await cleaned(chunk('caBX', text('jumbf c2pa')));
  assert.deepEqual(removed, ['credentials']);
  assert.ok(!has('c2pa'));
  chunks(out);
});

test('a file that is cut is asked about', async () => {
  assert.equal((await clean(png().subarray(0, 60), 'image/png')).location, 'unknown');
});

test('bare pairs of numbers are a place only under the keywords that describe a picture', async () => {
  const workflow = chunk('tEXt', text('workflow\0{"pos":[-32.640869140625,45.1953125]}'));
  assert.equal((await cleaned(workflow)).location, 'clean');
  for (const keyword of ['Title', 'Description', 'comment'])
    assert.ok(!(await cleaned(chunk('tEXt', text(`${keyword}\x0048.85837, 2.294481`)))).has('48.85837'), keyword);
  assert.ok(!(await cleaned(chunk('tEXt', text('workflow\0lat=48.85837')))).has('48.85837'));
});

test('a raw profile with another head and a compressed EXIF chunk are asked about', async () => {
  const hex = EXIF.toString('hex');
  for (const head of ['\nexif\n\n\t123\n', `\r\nexif\r\n     123\r\n`])
    assert.equal(
      (await cleaned(chunk('tEXt', text(`Raw profile type exif\0${head}${hex}`)))).location,
      'unknown',
      JSON.stringify(head),
    );
  assert.equal((await cleaned(chunk('tEXt', text('Raw profile type exif\0 \n')))).location, 'clean');
  assert.equal((await cleaned(chunk('zxIf', deflateSync(EXIF)))).location, 'unknown');
});
