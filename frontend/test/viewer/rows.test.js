import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { utcOffset } from '../../src/i18n/format.js';
import { setLanguage } from '../../src/i18n/index.js';
import { rowsOf } from '../../src/viewer/rows.js';

// Set before any clock is formatted.
process.env.TZ = 'America/Sao_Paulo';

const PICTURE = {
  filename: 'ridge.jpg',
  uploaded_at: '2025-02-01T12:00:00Z',
  width: 6000,
  height: 4000,
  size: 12_300_000,
  content_type: 'image/jpeg',
};
const NOTHING = {
  taken: null,
  camera: null,
  lens: null,
  exposure: null,
  aperture: null,
  iso: null,
  focalLength: null,
  focalLength35: null,
  author: null,
  copyright: null,
};
const ALL = {
  taken: { clock: { year: 2025, month: 1, day: 14, hour: 18, minute: 31, second: 7 }, offset: 330 },
  camera: 'Canon EOS R5',
  lens: 'RF24-70mm F2.8 L IS USM',
  exposure: 1 / 250,
  aperture: 2.8,
  iso: 400,
  focalLength: 35,
  focalLength35: 50,
  author: 'Ana',
  copyright: '© Ana',
};
const row = (name, facts) => Object.fromEntries(rowsOf(PICTURE, { ...NOTHING, ...facts }))[`details.${name}`];
afterEach(() => setLanguage('en'));

test('what is known has a row, in the order of the ask, and nothing else has', () => {
  const names = (facts) => rowsOf(PICTURE, facts).map(([key]) => key.replace('details.', ''));
  const known = ['name', 'date', 'size', 'pixels', 'type'];
  assert.deepEqual(names(null), known);
  assert.deepEqual(names(NOTHING), known);
  assert.deepEqual(
    names(ALL).join(' '),
    'name taken date camera lens exposure iso focalLength size pixels type author copyright',
  );
});

test('what this browser removed from the file comes last', () => {
  assert.deepEqual(rowsOf(PICTURE, null, ['location']).at(-1), ['details.removed', 'location']);
});

test('numbers are written as photographers do', () => {
  const exposure = (seconds) => row('exposure', { exposure: seconds });
  assert.equal(row('exposure', ALL), '1/250 s · f/2.8');
  assert.deepEqual([1 / 8000, 0.003199, 0.25, 0.3, 0.5, 1, 2.5, 30].map(exposure), [
    '1/8000 s',
    '1/313 s',
    '1/4 s',
    '0.3 s',
    '0.5 s',
    '1 s',
    '2.5 s',
    '30 s',
  ]);
  assert.equal(row('exposure', { aperture: 11 }), 'f/11');
  assert.equal(row('iso', { iso: 12_800 }), 'ISO 12800');
  assert.equal(row('focalLength', ALL), '35 mm (50 mm in 35 mm terms)');
  assert.equal(row('focalLength', { focalLength: 50, focalLength35: 50 }), '50 mm');
  assert.equal(row('focalLength', { focalLength: 4.25 }), '4.3 mm');
  assert.equal(row('focalLength', { focalLength35: 26 }), '26 mm in 35 mm terms');
  setLanguage('pt-BR');
  assert.equal(row('exposure', { exposure: 2.5, aperture: 2.8 }), '2,5 s · f/2,8');
  assert.equal(row('focalLength', ALL), '35 mm (50 mm em termos de 35 mm)');
});

test('the time is never converted, whatever the time zone here', () => {
  assert.equal(new Date(0).getTimezoneOffset(), 180);
  assert.equal(row('taken', ALL)?.replace('\u202f', ' '), 'Jan 14, 2025, 6:31 PM (UTC+5:30)');
  setLanguage('pt-BR');
  assert.match(row('taken', { taken: { ...ALL.taken, offset: null } }) ?? '', /^14 de jan\. de 2025,? 18:31$/);
  assert.deepEqual([0, 60, -180, -210, 345].map(utcOffset), ['UTC', 'UTC+1', 'UTC−3', 'UTC−3:30', 'UTC+5:45']);
});
