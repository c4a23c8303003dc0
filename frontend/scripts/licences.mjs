/**
 * Writes the licences of the page's dependencies into a file beside the page: their terms require it.
 */
import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);

/** Copyright holders of MIT packages that do not include the licence text. @type {Record<string, string>} */
const HOLDERS = { thumbhash: '2023 Evan Wallace' };

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** @param {URL} file @returns {any} */
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * Dependencies in package.json; styles and fonts are not modules, so the bundle alone does not list them.
 *
 * @returns {string[]}
 */
export const dependencies = () => Object.keys(readJson(new URL('package.json', ROOT)).dependencies);

/**
 * Returns one package's name, version, licence and licence text.
 * @param {string} name
 * @returns {string}
 * @throws {Error} when the package states no licence
 */
function licenceOf(name) {
  const folder = new URL(`node_modules/${name}/`, ROOT);
  const { version, license } = readJson(new URL('package.json', folder));
  const file = readdirSync(folder).find((one) => /^licen[cs]e(\.|$)/i.test(one));
  let text = file && readFileSync(new URL(file, folder), 'utf8').trim();
  if (!text && license === 'MIT' && HOLDERS[name]) text = `MIT License\n\nCopyright (c) ${HOLDERS[name]}\n\n${MIT}`;
  if (!text || !license)
    throw new Error(`${name} brings no licence: find out what it is and add it to scripts/licences.mjs`);
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/**
 * Returns the text of the licence file.
 * @param {Iterable<string>} names
 * @returns {string}
 */
export function licencesOf(names) {
  const line = `\n${'-'.repeat(80)}\n\n`;
  return [...new Set(names)].sort().map(licenceOf).join(line);
}

/**
 * Vite plugin that writes dist/licences.txt for the dependencies in package.json and all modules in the bundle.
 * @returns {import('vite').Plugin}
 */
export function licences() {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle(_options, bundle) {
      const names = dependencies();
      for (const output of Object.values(bundle)) {
        for (const id of output.type === 'chunk' ? output.moduleIds : []) {
          const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id);
          if (found) names.push(found[1]);
        }
      }
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: licencesOf(names) });
    },
  };
}
