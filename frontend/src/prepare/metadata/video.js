/**
 * Cleans the videos of motion photos (ISO base media, QuickTime): blanks the boxes that hold a place. A video that
 * records its way in a track of its own is blanked whole.
 */
import { boxesIn, topBoxes } from './boxes.js';
import { ascii, blank, bytesOf, startsWith, viewOf } from './bytes.js';
import { bytesHoldCoordinates } from './coordinates.js';
import { Unsafe } from './job.js';
import { editXmp } from './xmp.js';

/** Boxes that hold boxes. */
const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'udta', 'edts', 'moof', 'traf', 'mvex']);
/** A place in user data: QuickTime, 3GPP (TS 26.244), cameras. */
const PLACES = new Set(['\xa9xyz', 'loci', 'gps ', 'GPS ', '\xa9gps', '@xyz', '\xa9loc', 'gps0', 'gsen']);
/** Samples of positions: Google's camera motion, GoPro, Sony, DJI, Canon. */
const LOCATION_TRACKS = new Set(['camm', 'gpmd', 'rtmd', 'djmd', 'dbgi', 'CTMD', 'fdsc']);
/** The marks of keys in QuickTime metadata that hold a place, behind the last dot of their domain. */
const LOCATION_KEY = /^com\.(?:apple\.quicktime|android|samsung\.android)\.(?:location|gps)(?:\.|$)/;
const XMP_UUID = '\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac';
const DEEPEST = 16;

/** The video records its way. */
class LocationTrack extends Error {}

/**
 * @typedef {import('./region.js').Region} Region
 * @typedef {import('./job.js').Job} Job
 * @typedef {import('./boxes.js').Box} Box
 */

/** @param {Region} region  begins with a video @returns {Promise<number>} where it ends */
export async function videoEnd(region) {
  return (await topBoxes(region)).end;
}

/** @param {Region} region  a video and nothing else @param {Job} job */
export async function cleanVideo(region, job) {
  const { boxes } = await topBoxes(region);
  try {
    for (const box of boxes) {
      if (CONTAINERS.has(box.type) || box.type === 'uuid' || box.type === 'meta' || PLACES.has(box.type))
        await cleanMovieBox(region, box, job);
    }
  } catch (error) {
    if (!(error instanceof LocationTrack)) throw error;
    region.erase(0, region.size);
    job.removed.add('video');
  }
}

/**
 * Cleans the movie box of a picture in motion, which cannot be blanked whole.
 *
 * @param {Region} region
 * @param {Box} box
 * @param {Job} job
 */
export async function cleanMovie(region, box, job) {
  try {
    await cleanMovieBox(region, box, job);
  } catch (error) {
    throw error instanceof LocationTrack ? new Unsafe('the pictures record their way') : error;
  }
}

/** @param {Region} region @param {Box} box @param {Job} job */
function cleanMovieBox(region, { at, to }, job) {
  return region.edit([{ from: at, to }], (bytes) => editBoxes(bytes, 0, bytes.length, job, 0));
}

/**
 * @param {Uint8Array} bytes  edited in place
 * @param {number} from
 * @param {number} to
 * @param {Job} job
 * @param {number} depth
 */
async function editBoxes(bytes, from, to, job, depth) {
  if (depth > DEEPEST) throw new Unsafe('boxes are nested too deep');
  for (const box of boxesIn(bytes, from, to)) {
    const data = bytes.subarray(box.from, box.to);
    if (PLACES.has(box.type)) free(bytes, box, job);
    else if (box.type === 'cmov') throw new Unsafe('the movie box is compressed');
    else if (box.type === 'meta') await editMeta(bytes, box, job, depth);
    else if (box.type === 'stsd') checkSamples(data);
    else if (CONTAINERS.has(box.type)) await editBoxes(bytes, box.from, box.to, job, depth + 1);
    else if (box.type === 'XMP_') await editXmp(data, job);
    else if (box.type === 'uuid' && startsWith(data, 0, XMP_UUID)) await editXmp(data.subarray(16), job);
    else if (box.type.startsWith('\xa9') && bytesHoldCoordinates(data)) free(bytes, box, job);
  }
}

/** Makes free space of a box. @param {Uint8Array} bytes @param {Box} box @param {Job} job */
function free(bytes, box, job) {
  bytes.set(bytesOf('free'), box.at + 4);
  blank(bytes, box.from, box.to);
  job.removed.add('location');
}

/**
 * Metadata as keys and a list of values, by the keys' numbers (QuickTime), or a list of named values (iTunes).
 *
 * @param {Uint8Array} bytes
 * @param {Box} box
 * @param {Job} job
 * @param {number} depth
 */
async function editMeta(bytes, box, job, depth) {
  // MP4 has a version and flags in front, QuickTime has not.
  const start = startsWith(bytes, box.from + 4, 'hdlr') ? box.from : box.from + 4;
  /** @type {string[]} */
  let keys = [];
  for (const inner of boxesIn(bytes, start, box.to)) {
    if (inner.type === 'iinf') throw new Unsafe('a HEIC or AVIF lies behind the picture');
    if (inner.type === 'keys') keys = keysOf(bytes.subarray(inner.from + 8, inner.to));
    else if (inner.type === 'ilst') {
      for (const value of boxesIn(bytes, inner.from, inner.to)) {
        const key = keys[viewOf(bytes).getUint32(value.at + 4) - 1];
        const data = bytes.subarray(value.from, value.to);
        if (PLACES.has(value.type) || LOCATION_KEY.test(key ?? '') || bytesHoldCoordinates(data))
          free(bytes, value, job);
      }
    } else if (CONTAINERS.has(inner.type) || inner.type === 'uuid') {
      await editBoxes(bytes, inner.at, inner.to, job, depth + 1);
    }
  }
}

/** @param {Uint8Array} bytes  entries of length, namespace and name */
function keysOf(bytes) {
  return [...boxesIn(bytes, 0, bytes.length)].map(({ from, to }) => ascii(bytes.subarray(from, to)));
}

/** @param {Uint8Array} stsd @throws {LocationTrack} */
function checkSamples(stsd) {
  for (const { type, from, to } of boxesIn(stsd, 8, stsd.length)) {
    const records =
      LOCATION_TRACKS.has(type) || (type === 'mebx' && ascii(stsd.subarray(from, to)).includes('.location.'));
    if (records) throw new LocationTrack();
  }
}
