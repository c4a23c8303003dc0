/**
 * Cleans files as the page does before upload: `node clean-files.js <folder for cleaned files> <file> …`.
 *
 * Prints one JSON object that maps each file's name to what became of it: `{ location, removed }`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeLocation } from '../src/prepare/metadata/index.js';
import { sniff } from '../src/prepare/sniff.js';

const [folder, ...files] = process.argv.slice(2);
const found = {};
for (const file of files) {
  const bytes = await readFile(file);
  const { blob, location, removed } = await removeLocation(new Blob([bytes]), sniff(bytes.subarray(0, 64)) ?? '');
  const name = path.basename(file);
  found[name] = { location, removed };
  if (location === 'removed') await writeFile(path.join(folder, name), await blob.bytes());
}
console.log(JSON.stringify(found));
