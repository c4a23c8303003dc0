/** Builds small pictures with metadata, byte by byte, for tests. None needs to decode. */
import { crc32, deflateSync } from 'node:zlib';
import { removeLocation } from '../src/prepare/metadata/index.js';

/** @param {string} string */
export const text = (string) => Buffer.from(string, 'latin1');
/** @param {(Uint8Array | number[])[]} parts */
export const join = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

const SIZES = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 10: 8 };

/** Writes numbers in one byte order. */
export function writer(little) {
  const number = (bytes) => (value) => {
    const out = Buffer.alloc(bytes);
    if (little) out.writeUIntLE(value, 0, bytes);
    else out.writeUIntBE(value, 0, bytes);
    return out;
  };
  return { u16: number(2), u32: number(4) };
}

/**
 * @param {number} type
 * @param {unknown} value  a string, bytes, a number, a list of numbers, or pairs for rationals
 * @param {boolean} little
 */
function encode(type, value, little) {
  const { u16, u32 } = writer(little);
  if (typeof value === 'string') return text(`${value}\0`);
  if (value instanceof Uint8Array) return Buffer.from(value);
  const all = Array.isArray(value) ? value : [value];
  if (type === 5 || type === 10) return join(...all.flat().map(u32));
  return join(...all.map(type === 3 ? u16 : type === 4 ? u32 : (each) => [each]));
}

/**
 * A directory and the values of its tags.
 *
 * @param {[number, number, unknown][]} entries  tag, type and value
 * @param {number} at  where it begins, counted as its offsets are
 * @param {boolean} little
 * @param {number} [next]
 */
export function directory(entries, at, little, next = 0) {
  const { u16, u32 } = writer(little);
  let free = at + 2 + entries.length * 12 + 4;
  const values = [];
  const rows = entries.map(([tag, type, value]) => {
    const data = encode(type, value, little);
    const head = join(u16(tag), u16(type), u32(data.length / SIZES[type]));
    if (data.length <= 4) return join(head, data, Buffer.alloc(4 - data.length));
    const row = join(head, u32(free));
    const padded = join(data, Buffer.alloc(data.length & 1));
    values.push(padded);
    free += padded.length;
    return row;
  });
  return join(u16(entries.length), ...rows, u32(next), ...values);
}

/** 48°51'30.1" N, 2°17'40.2" E as an EXIF block has it. */
export const GPS = [
  [0, 1, [2, 3, 0, 0]],
  [1, 2, 'N'],
  [2, 5, [48, 1, 51, 1, 301, 10]],
  [3, 2, 'E'],
  [4, 5, [2, 1, 17, 1, 402, 10]],
  [18, 2, 'LATITUDE-DATUM'],
];

/**
 * An EXIF block.
 *
 * @param {{ main?: any[], exif?: any[], gps?: any[] | null, thumbnail?: Uint8Array | null, little?: boolean }} parts
 */
export function tiff({ main = [], exif = [], gps = null, thumbnail = null, little = false } = {}) {
  const { u32 } = writer(little);
  const head = join(text(little ? 'II*\0' : 'MM\0*'), u32(8));
  const pointers = [...(exif.length > 0 ? [[0x8769, 4, 0]] : []), ...(gps ? [[0x8825, 4, 0]] : [])];
  const size = directory([...main, ...pointers], 8, little).length;
  const exifAt = 8 + size;
  // The place of values depends on no pointer, so the sizes are known beforehand.
  const gpsAt = exifAt + (exif.length > 0 ? directory(exif, 0, little).length : 0);
  const second = gpsAt + (gps ? directory(gps, 0, little).length : 0);
  const full = [...main];
  if (exif.length > 0) full.push([0x8769, 4, exifAt]);
  if (gps) full.push([0x8825, 4, gpsAt]);
  const parts = [head, directory(full, 8, little, thumbnail ? second : 0)];
  if (exif.length > 0) parts.push(directory(exif, exifAt, little));
  if (gps) parts.push(directory(gps, gpsAt, little));
  if (thumbnail) {
    const at = second + 2 + 24 + 4;
    parts.push(
      directory(
        [
          [0x0201, 4, at],
          [0x0202, 4, thumbnail.length],
        ],
        second,
        little,
      ),
      thumbnail,
    );
  }
  return join(...parts);
}

/** @param {number} marker @param {Uint8Array | number[]} body */
export const segment = (marker, body) => join([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255], body);
/** @param {Uint8Array} block */
export const exifSegment = (block) => segment(0xe1, join(text('Exif\0\0'), block));
/** @param {string | Uint8Array} packet */
export const xmpSegment = (packet) =>
  segment(
    0xe1,
    join(text('http://ns.adobe.com/xap/1.0/\0'), typeof packet === 'string' ? Buffer.from(packet) : packet),
  );
export const PIXELS = join(segment(0xdb, [0, 1, 2]), segment(0xda, [9, 9]), [1, 0xff, 0, 2, 0xff, 0xd0, 3]);
/** @param {Uint8Array[]} middle  segments */
export const jpeg = (...middle) =>
  join([0xff, 0xd8], segment(0xe0, text('JFIF\0\x01\x01\0\0\x01\0\x01\0\0')), ...middle, PIXELS, [0xff, 0xd9]);

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
/** @param {string} attributes  namespaces and properties @param {string} [inside]  properties as elements */
export const xmp = (attributes, inside = '') =>
  `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}">` +
  `<rdf:Description rdf:about="" ${attributes}>${inside}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;

/** @param {number} set @param {string} value */
export const iptc = (set, value) => join([0x1c, 2, set, value.length >> 8, value.length & 255], text(value));
/** @param {number} id @param {Uint8Array} data */
export const resource = (id, data) => {
  const { u16, u32 } = writer(false);
  return join(text('8BIM'), u16(id), [0, 0], u32(data.length), data, Buffer.alloc(data.length & 1));
};
/** @param {Uint8Array[]} resources */
export const photoshopSegment = (...resources) => segment(0xed, join(text('Photoshop 3.0\0'), ...resources));

/** @param {string} type @param {Uint8Array | number[]} data */
export function chunk(type, data) {
  const { u32 } = writer(false);
  const body = join(text(type), data);
  return join(u32(data.length), body, u32(crc32(body)));
}
/** @param {Uint8Array[]} middle  chunks */
export const png = (...middle) =>
  join(
    [0x89],
    text('PNG\r\n\x1a\n'),
    chunk('IHDR', Buffer.alloc(13, 1)),
    ...middle,
    chunk('IDAT', deflateSync(Buffer.alloc(64, 7))),
    chunk('IEND', []),
  );

/** @param {string} type @param {(Uint8Array | number[])[]} contents */
export const box = (type, ...contents) => {
  const inside = join(...contents);
  return join(writer(false).u32(8 + inside.length), text(type), inside);
};

/**
 * A HEIC with items.
 *
 * @param {{ type: string, data: Uint8Array, mime?: string, packed?: string, method?: number, sameAs?: number }[]} items
 *   `sameAs`: lies where that one lies
 */
export function heic(items, { brand = 'heic', more = [] } = {}) {
  const { u16, u32 } = writer(false);
  const ftyp = box('ftyp', text(brand), u32(0), text(`mif1${brand}`));
  const infos = items.map(({ type, mime, packed }, index) => {
    const texts = mime === undefined ? '\0' : `\0${mime}\0${packed === undefined ? '' : `${packed}\0`}`;
    return box('infe', [2, 0, 0, 0], u16(index + 1), u16(0), text(type), text(texts));
  });
  const inIdat = items.filter(({ method }) => method === 1);
  const build = (start) => {
    let at = start;
    const files = items.map((item) => {
      if (item.method === 1 || item.sameAs !== undefined) return 0;
      at += item.data.length;
      return at - item.data.length;
    });
    let inside = 0;
    const rows = items.map((item, index) => {
      let from = files[item.sameAs ?? index];
      if (item.method === 1) {
        from = inside;
        inside += item.data.length;
      }
      return join(u16(index + 1), u16(item.method ?? 0), u16(0), u16(1), u32(from), u32(item.data.length));
    });
    return box(
      'meta',
      u32(0),
      box('hdlr', u32(0), u32(0), text('pict'), Buffer.alloc(13)),
      box('pitm', u32(0), u16(1)),
      box('iinf', u32(0), u16(items.length), ...infos),
      box('iloc', [1, 0, 0, 0, 0x44, 0], u16(items.length), ...rows),
      ...(inIdat.length > 0 ? [box('idat', ...inIdat.map(({ data }) => data))] : []),
    );
  };
  const start = ftyp.length + build(0).length + 8;
  const data = items.filter(({ method, sameAs }) => method !== 1 && sameAs === undefined).map((item) => item.data);
  return join(ftyp, build(start), box('mdat', ...data), ...more);
}
/** @param {Uint8Array} block  EXIF, as an item has it */
export const exifItem = (block) => ({ type: 'Exif', data: join(writer(false).u32(6), text('Exif\0\0'), block) });
export const PICTURE = { type: 'hvc1', data: text('the picture itself') };

/** @param {Uint8Array[]} tracks @param {Uint8Array[]} userData */
export const video = (userData = [], tracks = [], more = []) =>
  join(
    box('ftyp', text('isom\0\0\0\0isom')),
    box('moov', box('mvhd', Buffer.alloc(20)), ...tracks, box('udta', ...userData), ...more),
    box('mdat', text('moving pictures')),
  );
/** @param {string} format  of its samples */
export const track = (format) =>
  box(
    'trak',
    box('mdia', box('minf', box('stbl', box('stsd', Buffer.alloc(4), [0, 0, 0, 1], box(format, Buffer.alloc(8)))))),
  );
export const XYZ = box('\xa9xyz', [0, 18, 0x15, 0xc7], text('+48.8584+002.2945/'));

/**
 * Cleans a file and checks what holds for every file.
 *
 * @param {Uint8Array} bytes
 * @param {string} type
 */
export async function clean(bytes, type = 'image/jpeg') {
  const file = new Blob([bytes]);
  const { blob, location, removed } = await removeLocation(file, type);
  const inMemory = await removeLocation(file, type, new Uint8Array(bytes));
  const out = Buffer.from(await blob.arrayBuffer());
  if (location !== 'removed' && blob !== file) throw new Error('a file without a place must stay itself');
  if (inMemory.bytes !== null && !out.equals(inMemory.bytes)) throw new Error('the two ways to read differ');
  return { out, location, removed: [...removed].sort(), has: (string) => out.includes(string) };
}
