/** Makes small files with metadata, byte by byte: also such as no program would write. */

/** @param {string} text @returns {Uint8Array} */
export const bytesOf = (text) => new TextEncoder().encode(text);

/** @param {(Uint8Array | number[] | string)[]} parts @returns {Uint8Array} */
export function joined(...parts) {
  const all = parts.map((part) => (typeof part === 'string' ? bytesOf(part) : part));
  const whole = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const one of all) {
    whole.set(one, place);
    place += one.length;
  }
  return whole;
}

/** @param {number} value @param {number} [length] @returns {number[]} big endian */
export const big = (value, length = 4) =>
  Array.from({ length }, (_, place) => Math.floor(value / 256 ** (length - 1 - place)) % 256);

/** @param {number} value @returns {number[]} four bytes, little endian */
export const little = (value) => big(value).reverse();

/** Camera and time. @type {[tag: number, text: string][]} */
const CAMERA = [
  [0x010f, 'Canon'],
  [0x0110, 'Canon EOS R5'],
  [0x013b, 'Ana'],
];

/** @param {[number, string][]} [entries]  texts of the first directory @returns {Uint8Array} TIFF data */
export function tiff(entries = CAMERA) {
  const texts = entries.map(([, text]) => joined(bytesOf(text), [0, 0, 0, 0]));
  let place = 8 + 2 + 12 * entries.length + 4;
  const lines = entries.map(([tag], index) => {
    const length = /** @type {Uint8Array} */ (texts[index]).length;
    const line = [...big(tag, 2), ...big(2, 2), ...big(length), ...big(place)];
    place += length;
    return line;
  });
  return joined('MM', [0, 42, 0, 0, 0, 8], big(entries.length, 2), lines.flat(), [0, 0, 0, 0], ...texts);
}

/** @param {string} inner  attributes and elements @param {string} [before] @returns {string} */
export const xmp = (inner, before = '') =>
  `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>${before}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ` +
  'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
  'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/">' +
  `${inner}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;

/** @param {string} name @returns {string} */
export const creator = (name) => `<dc:creator><rdf:Seq><rdf:li>${name}</rdf:li></rdf:Seq></dc:creator>`;

/** @param {number} marker @param {...(Uint8Array | number[] | string)} body */
export const segment = (marker, ...body) => {
  const content = joined(...body);
  return joined([0xff, marker], big(content.length + 2, 2), content);
};

/** @param {...Uint8Array} segments  before the pixels */
export const jpeg = (...segments) =>
  joined([0xff, 0xd8], ...segments, segment(0xda, [1, 1, 0, 0, 63, 0]), [1, 2, 3], [0xff, 0xd9]);

/** @param {Uint8Array} [data] */
export const exifSegment = (data = tiff()) => segment(0xe1, 'Exif\0\0', data);

/** @param {string} type @param {...(Uint8Array | number[] | string)} body */
export const pngChunk = (type, ...body) => {
  const content = joined(...body);
  return joined(big(content.length), type, content, [0, 0, 0, 0]);
};

/** @param {...Uint8Array} chunks */
export const png = (...chunks) =>
  joined([0x89], 'PNG\r\n\x1a\n', pngChunk('IHDR', big(1), big(1), [8, 2, 0, 0, 0]), ...chunks, pngChunk('IEND', []));

/** @param {string} type @param {...(Uint8Array | number[] | string)} body */
export const riffChunk = (type, ...body) => {
  const content = joined(...body);
  return joined(type, little(content.length), content, content.length % 2 ? [0] : []);
};

/** @param {...Uint8Array} chunks @returns {Uint8Array} a WebP that says that it has EXIF and XMP */
export const webp = (...chunks) => {
  const content = joined('WEBP', riffChunk('VP8X', [0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0]), ...chunks);
  return joined('RIFF', little(content.length), content);
};

/** @param {string} type @param {...(Uint8Array | number[] | string)} body */
const box = (type, ...body) => {
  const content = joined(...body);
  return joined(big(content.length + 8), type, content);
};

/**
 * @param {number} gap  bytes of pixels before the EXIF
 * @param {{ indexLast?: boolean, at?: number, length?: number, item?: Uint8Array }} [options]  `indexLast`: the index
 *   stands behind the pixels. `at` and `length`: what the index says instead of the truth
 * @returns {Uint8Array} a HEIC without a picture
 */
export function heic(gap, { indexLast = false, at, length, item = joined(big(6), 'Exif\0\0', tiff()) } = {}) {
  const ftyp = box('ftyp', 'heic', [0, 0, 0, 0], 'mif1heic');
  const index = (/** @type {number} */ start) =>
    box(
      'meta',
      [0, 0, 0, 0],
      box('iinf', [0, 0, 0, 0], big(1, 2), box('infe', [2, 0, 0, 1], big(1, 2), [0, 0], 'Exif', [0])),
      box(
        'iloc',
        [1, 0, 0, 0],
        [0x44, 0x00],
        big(1, 2),
        big(1, 2),
        big(0, 2),
        big(0, 2),
        big(1, 2),
        big(start),
        big(length ?? item.length),
      ),
    );
  const mdat = box('mdat', new Uint8Array(gap), item);
  const before = indexLast ? ftyp.length : ftyp.length + index(0).length;
  const start = at ?? before + 8 + gap;
  return indexLast ? joined(ftyp, mdat, index(start)) : joined(ftyp, index(start), mdat);
}

/** @param {Uint8Array} file @returns a source of its ranges, with what was asked for */
export function sourceOf(file) {
  /** @type {{ start: number, end: number }[]} */
  const asked = [];
  const source = async (/** @type {{ start: number, end: number }} */ range) => {
    asked.push(range);
    return file.slice(range.start, range.end);
  };
  return { asked, source };
}
