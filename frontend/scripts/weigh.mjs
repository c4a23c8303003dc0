/**
 * Fails when the first visit loads too much: more than 60 kB of JavaScript or 45 kB of CSS, gzipped. Follows Vite's
 * manifest, so lazy chunks do not count. The worker counts, because the first upload loads it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url);
const LIMITS = { js: 60_000, css: 45_000 };

/** @type {Record<string, { file: string, isEntry?: boolean, imports?: string[], css?: string[] }>} */
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));
const files = new Set();

/** @param {string} key */
function collect(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) collect(next);
}

for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) collect(key);
for (const name of readdirSync(new URL('assets/', DIST))) if (/^worker-.*\.js$/.test(name)) files.add(`assets/${name}`);

let heavy = false;
for (const [kind, limit] of Object.entries(LIMITS)) {
  const sizes = [...files]
    .filter((name) => name.endsWith(`.${kind}`))
    .map((name) => gzipSync(readFileSync(new URL(name, DIST))).length);
  const sum = sizes.reduce((total, one) => total + one, 0);
  console.log(`${kind} at first load: ${sum} bytes gzipped in ${sizes.length} files (limit ${limit})`);
  if (sum > limit || sizes.length === 0) heavy = true;
}
if (heavy) process.exit(1);
