/**
 * A larger file is never held in memory whole, bytes: it is neither cleaned of its place nor decoded for a preview. A picture of that
 * size has some hundred megapixels, more than browsers decode.
 */
export const IN_MEMORY = 256 * 1024 * 1024;
