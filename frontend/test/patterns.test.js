import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

const SOURCES = new URL('../src/', import.meta.url);
const SHORT = 2_000;
const LONG = 16_000;
/** How much longer the long text may take: eight times is linear, and 64 times would be quadratic. */
const MOST = 24;
/** Milliseconds. Less is not compared: the clock and other programs weigh more. */
const NOISE = 2;

/** A pattern in the source: behind what cannot end a value, so that it is no division. */
const LITERAL = /(?<=[(=,:!&|?[{};]\s*|return\s+)\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/([a-z]*)/g;

async function patterns() {
  const files = (await readdir(SOURCES, { recursive: true })).filter((name) => name.endsWith('.js'));
  const found = [];
  for (const file of files) {
    const source = await readFile(new URL(file, SOURCES), 'utf8');
    const code = source.replaceAll(/^\s*(\*|\/\/|\/\*).*$/gm, '');
    for (const [whole, pattern, flags] of code.matchAll(LITERAL))
      found.push({ name: `${file} ${whole}`, pattern: new RegExp(pattern, flags) });
  }
  return found;
}

/** Long runs of what the pattern names, alone and in pairs, that end in something which fits nothing. */
function* worstTexts(pattern, length) {
  const named = [...new Set([...pattern.source.replaceAll(/\\[a-zA-Z]/g, ''), ...'a0A .='])];
  const pairs = named.flatMap((first, place) => named.slice(place + 1).map((second) => first + second));
  for (const pump of [...named, ...pairs]) yield `x${pump.repeat(length / pump.length)}\0`;
}

/** The quickest of three, in milliseconds: other programs only add to it. */
function milliseconds(pattern, text) {
  const tries = [1, 2, 3].map(() => {
    const began = performance.now();
    text.replace(pattern, '');
    return performance.now() - began;
  });
  return Math.min(...tries);
}

function isLinear(pattern, short, long) {
  const time = milliseconds(pattern, long);
  return time < NOISE || time < MOST * milliseconds(pattern, short);
}

test('no pattern of the page takes quadratic time on any text', async () => {
  const all = await patterns();
  assert.ok(all.length > 10, 'the patterns were not found in the source');
  for (const { name, pattern } of all) {
    const long = worstTexts(pattern, LONG);
    for (const short of worstTexts(pattern, SHORT)) {
      const text = long.next().value;
      assert.ok(isLinear(pattern, short, text), `${name} on ${JSON.stringify(text.slice(0, 10))}…`);
    }
  }
});

test('a quadratic pattern would be noticed', () => {
  assert.ok(!isLinear(/[\s.]+$/, `x${'.'.repeat(500)}y`, `x${'.'.repeat(4_000)}y`));
});
