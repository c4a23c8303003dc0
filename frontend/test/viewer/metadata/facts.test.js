import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf } from '../../../src/viewer/metadata/facts.js';
import { clean } from '../../../src/viewer/metadata/text.js';

const LATEST = Date.UTC(2026, 0, 2);
const words = (description) => ({ value: [description], description });
const exif = (tags) => factsOf({ exif: tags }, LATEST);
const taken = (description, offset) =>
  exif({ DateTimeOriginal: words(description), ...(offset ? { OffsetTimeOriginal: words(offset) } : {}) }).taken;

test('the time is the clock of the camera, with its offset where that is known', () => {
  const clock = { year: 2025, month: 1, day: 14, hour: 18, minute: 31, second: 7 };
  assert.deepEqual(taken('2025:01:14 18:31:07'), { clock, offset: null });
  assert.deepEqual(taken('2025:01:14 18:31:07', '+05:30'), { clock, offset: 330 });
  assert.deepEqual(taken('2025:01:14 18:31:07', '-03:00'), { clock, offset: -180 });
  for (const offset of ['+15:00', '+05:75', '   :  ', '5', 'Zulu'])
    assert.deepEqual(taken('2025:01:14 18:31:07', offset), { clock, offset: null }, offset);
  const xmp = { DateTimeOriginal: words('2025-01-14T18:31:07.25-03:00') };
  assert.deepEqual(factsOf({ xmp }, LATEST).taken, { clock, offset: -180 });
});

test('a time that cannot be is unknown, and the next one is taken', () => {
  const bad = [
    '0000:00:00 00:00:00',
    '    :  :     :  :  ',
    '2025:06:31 12:00:00',
    '2025:02:29 12:00:00',
    '2025:13:01 12:00:00',
    '2025:01:14 24:00:00',
    '2025:01:14 18:60:00',
    '1799:12:31 23:59:59',
    '2026:01:03 00:00:00',
    '2025:01:14',
    '',
  ];
  for (const one of bad) assert.equal(taken(one), null, one);
  for (const one of ['1800:01:01 00:00:00', '2024:02:29 12:00:00', '2026:01:02 00:00:00']) assert.ok(taken(one), one);
  const both = { DateTimeOriginal: words(bad[0]), DateTimeDigitized: words('2025:01:14 18:31:07') };
  assert.equal(exif(both).taken?.clock.day, 14);
});

test('the maker is named once, without the form of its company', () => {
  const camera = (make, model) => exif({ Make: words(make), Model: words(model) }).camera;
  assert.equal(camera('Canon', 'Canon EOS R5'), 'Canon EOS R5');
  assert.equal(camera('NIKON CORPORATION', 'NIKON D850'), 'NIKON D850');
  assert.equal(camera('EASTMAN KODAK COMPANY', 'KODAK DC240'), 'KODAK DC240');
  assert.equal(camera('OLYMPUS IMAGING CORP.  ', 'E-P3            '), 'OLYMPUS E-P3');
  assert.equal(camera('Apple', 'iPhone 15 Pro'), 'Apple iPhone 15 Pro');
  assert.equal(camera('SONY', ''), 'SONY');
  assert.equal(camera('', 'ILCE-7M3'), 'ILCE-7M3');
  assert.equal(camera('', ''), null);
});

test('the lens has its maker when another one made the camera', () => {
  const lens = (maker, model) => exif({ Make: words('Canon'), LensMake: words(maker), LensModel: words(model) }).lens;
  assert.equal(lens('Canon', 'RF24-70mm F2.8 L IS USM'), 'RF24-70mm F2.8 L IS USM');
  assert.equal(lens('SIGMA', '35mm F1.4 DG HSM | Art 012'), 'SIGMA 35mm F1.4 DG HSM | Art 012');
  assert.equal(lens('SIGMA', '----'), null);
  assert.equal(lens('', ' EF-S18-55mm '), 'EF-S18-55mm');
  assert.equal(factsOf({ xmp: { Lens: words('50.0 mm f/1.8') } }, LATEST).lens, '50.0 mm f/1.8');
});

test('numbers that cannot be are unknown', () => {
  const one = (name, value) => exif({ [name]: { value, description: String(value) } });
  assert.equal(one('ExposureTime', [1, 250]).exposure, 1 / 250);
  assert.equal(one('FNumber', [28, 10]).aperture, 2.8);
  for (const value of [[1, 0], [0, 0], [0, 1], [-1, 250], Number.NaN, '1/250', null, undefined, [], {}, [[1], [2]]]) {
    assert.equal(one('ExposureTime', value).exposure, null);
    assert.equal(one('FNumber', value).aperture, null);
    assert.equal(one('FocalLength', value).focalLength, null);
  }
  const large = { ISOSpeedRatings: { value: 65_535 }, RecommendedExposureIndex: { value: 102_400 } };
  assert.equal(exif(large).iso, 102_400);
  assert.equal(exif({ ISOSpeedRatings: { value: 0 } }).iso, null);
});

test('a place is never taken', () => {
  const gps = { GPSLatitude: words('23.55'), GPSLongitude: words('46.63'), LocationName: words('23.55') };
  assert.doesNotMatch(JSON.stringify(factsOf({ exif: gps, iptc: gps, xmp: gps }, LATEST)), /23\.55|46\.63/);
});

test('text has no control characters, does not turn its surroundings, and is short', () => {
  assert.equal(clean('  Ana\0\0\n\tLúcia\u001b[31m ', 50), 'Ana Lúcia [31m');
  assert.equal(clean('a\u202eb\u2066c\u200fd\ufeffe\ufffff', 50), 'abcdef');
  assert.equal(clean('\ud800x', 50), 'x');
  assert.equal(clean('<img src=x>', 50), '<img src=x>');
  assert.equal(clean('😀'.repeat(300), 120), `${'😀'.repeat(120)}…`);
  assert.ok((clean('x'.repeat(1e6), 400) ?? '').length <= 401);
  for (const nothing of ['', ' \0\u202e ', null, undefined, 5, {}, ['a']]) assert.equal(clean(nothing, 50), null);
  assert.equal(exif({ Artist: { value: [65, 110, 97, 0], description: '65, 110, 97, 0' } }).author, 'Ana');
});
