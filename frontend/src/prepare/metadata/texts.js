/** Free texts: they stay unless they hold coordinates. */
import { blank } from './bytes.js';
import { bytesHoldCoordinates } from './coordinates.js';

const SPACE = 0x20;

/** @param {Uint8Array} bytes  becomes spaces when it holds coordinates @param {import('./job.js').Job} job */
export function editText(bytes, job) {
  if (bytesHoldCoordinates(bytes) && blank(bytes, 0, bytes.length, SPACE)) job.removed.add('location');
}
