import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesHoldCoordinates, holdsCoordinates } from '../../../src/prepare/metadata/coordinates.js';

const PLACES = [
  'GPS: 48.85837 N, 2.294481 E (Paris, Tour Eiffel)',
  'Lat 48.85837 Lon 2.294481 location Paris',
  'longitude: 79.444542 latitude: 29.39805',
  'lat=48.8 lng=2.3',
  '{"latitude":48.85837,"longitude":2.294481}',
  '+48.8584+002.2945/',
  '+27.5916+086.5640+8850CRSWGS_84/',
  '48.85837, 2.294481',
  '-23.55052/-46.633308',
  '0.31361, 32.58111',
  '48°51\'30.1"N 2°17\'40.2"E',
  '48° 51′ 30″ N',
  "N 48° 51.502' E 002° 17.669'",
  'N 48 51.502 E 002 17.669',
  '48,51.5022N',
  'geo:48.2010,16.3695',
  'https://maps.google.com/?q=48.85,2.29',
  'https://www.google.com/maps/@48.85,2.29,15z',
  '8FW4V75V+8Q',
  'geo:lat=48.85837',
  'GPSLatitude 48.85837',
  '+4851+00217/',
  '+48+002.2945/',
  'at (-235505-0463759+760/)',
];
const OTHERS = [
  '',
  'A cat in the garden, 3.5 kg, 20°C',
  'f/1.8, 50.0 mm, ISO 100',
  '1.2345 and then 6.7890',
  'version 1.2.3.4, 10.0.0.1',
  '0.1234, 0.5',
  '0.1234 0.5678 -0.9876',
  'gamma=1.45,2.33',
  'Paris, France',
  'The flat of 48 m², late 2.5 hours',
  '2024:01:02 10:00:00-03:00',
  'WebStatement opacity velocity',
  'a chocolate 12.3456 long',
  'plate 1, flat 2',
  'Ensaio 14-01-2020/Lisboa',
  'archive /2019-12-2020/scan 7',
  'https://x.org/24-12-2019/a',
  'fotos/2024-06-100/',
  '+55-11-98765/432',
  '-12-120/',
  '-95.5-100.5/',
  '+45.5+190.5/',
];

test('coordinates are found in the ways in which people and programs write them', () => {
  for (const text of PLACES) assert.ok(holdsCoordinates(text), text);
});

test('other numbers and words are no coordinates', () => {
  for (const text of OTHERS) assert.ok(!holdsCoordinates(text), text);
});

test('the encoding of a text need not be known', () => {
  const text = 'à 48.85837, 2.294481';
  const swapped = Buffer.from(text, 'utf16le').swap16();
  for (const bytes of [Buffer.from(text), Buffer.from(text, 'latin1'), Buffer.from(text, 'utf16le'), swapped])
    assert.ok(bytesHoldCoordinates(bytes));
});
