import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { en } from '../../src/i18n/en.js';
import { choose } from '../../src/i18n/index.js';
import { ptBR } from '../../src/i18n/pt-BR.js';

const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join();

test('both languages have the same keys, and the same holes in each', () => {
  assert.deepEqual(Object.keys(ptBR).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en)) assert.equal(holes(ptBR[key]), holes(en[key]), key);
});

test('every key that the page asks for exists', () => {
  const root = new URL('../../', import.meta.url);
  const files = readdirSync(new URL('src/', root), { recursive: true }).filter((name) => String(name).endsWith('.js'));
  const code = [
    readFileSync(new URL('index.html', root), 'utf8'),
    ...files.map((name) => readFileSync(new URL(`src/${name}`, root), 'utf8')),
  ].join('\n');
  const used = [
    ...code.matchAll(/(?:\bt\(|data-t(?:-label)?=)['"]([\w.]+)['"]/g),
    ...code.matchAll(/Refused\('([\w.]+)'/g),
  ].map((found) => found[1]);
  assert.ok(used.length > 50);
  for (const key of used) assert.ok(key in en, key);
});

test("the person's choice comes before the browser's, and any Portuguese gets Portuguese", () => {
  assert.equal(choose('en', ['pt-BR']), 'en');
  assert.equal(choose(null, ['fr', 'pt-PT', 'en']), 'pt-BR');
  assert.equal(choose('xx', []), 'en');
});
