/** Bytes of the largest file that is held in memory whole, to clean it of its place or to decode it for a preview. */
export const LARGEST_IN_MEMORY = 256 * 1024 * 1024;
