import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dependencies, licencesOf } from '../scripts/licences.mjs';

test('every package that the page is made of is named with the text of its licence', () => {
  const text = licencesOf(dependencies());
  for (const name of dependencies()) assert.match(text, new RegExp(`^${name} [0-9.]+ \\([A-Za-z0-9.-]+\\)$`, 'm'));
  const licences = text.split(/^-{80}$/m);
  assert.equal(licences.length, dependencies().length);
  for (const licence of licences) assert.match(licence, /copyright[\s\S]{400}/i);
  assert.match(text, /SIL OPEN FONT LICENSE/i);
});

test('a package without a licence stops the build', () => {
  assert.throws(() => licencesOf(['.bin']), /ENOENT|brings no licence/);
});
