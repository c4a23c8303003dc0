/**
 * Reads just enough of EXIF (CIPA DC-008, TIFF 6.0) to find location data and the orientation.
 */

const ORIENTATION = 0x0112;
const GPS = 0x8825;
const EXIF_IFD = 0x8769;
/** Tags with free-form notes of camera makers and programs: some contain positions. */
const OPAQUE = new Set([0x927c, 0x9286, 0x02bc, 0x83bb, 0x8649, 0xc634]);

/**
 * @param {Uint8Array} tiff  from the byte-order mark on
 * @returns {{ hasLocation: boolean, orientation: number }} `hasLocation` is also true when the
 *   block cannot be read to its end
 */
export function readExif(tiff) {
  let orientation = 1;
  try {
    const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
    const mark = view.getUint16(0);
    if (mark !== 0x4949 && mark !== 0x4d4d) return { hasLocation: true, orientation };
    const little = mark === 0x4949;
    let hasLocation = false;
    const todo = [view.getUint32(4, little)];
    const seen = new Set();
    for (let ifd = todo.shift(); ifd !== undefined; ifd = todo.shift()) {
      if (ifd === 0 || seen.has(ifd)) continue;
      if (seen.size > 8) return { hasLocation: true, orientation };
      seen.add(ifd);
      const count = view.getUint16(ifd, little);
      for (let i = 0; i < count; i += 1) {
        const entry = ifd + 2 + i * 12;
        const tag = view.getUint16(entry, little);
        if (tag === ORIENTATION && seen.size === 1) orientation = view.getUint16(entry + 8, little);
        if (tag === GPS || OPAQUE.has(tag)) hasLocation = true;
        if (tag === EXIF_IFD) todo.push(view.getUint32(entry + 8, little));
      }
      const next = ifd + 2 + count * 12;
      if (next + 4 <= tiff.length) todo.push(view.getUint32(next, little));
    }
    return { hasLocation, orientation: orientation >= 1 && orientation <= 8 ? orientation : 1 };
  } catch (error) {
    if (error instanceof RangeError)
      return { hasLocation: true, orientation: orientation >= 1 && orientation <= 8 ? orientation : 1 };
    throw error;
  }
}

/**
 * @param {number} orientation  1 to 8
 * @returns {Uint8Array} a TIFF block with the orientation only
 */
export function orientationOnly(orientation) {
  // biome-ignore format: each row is one field of the block
  return new Uint8Array([
    0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8,
    0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,
    0, 0, 0, 0,
  ]);
}
