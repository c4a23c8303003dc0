import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimOf, fits } from '../../src/uploader/claim.js';

const prepared = {
  blob: new Blob(['12345']),
  contentType: 'image/jpeg',
  sha256: 'hash',
  width: 4,
  height: 3,
  thumbhash: 'th',
  preview: { blob: new Blob(['p']), contentType: 'image/webp', sha256: 'preview hash' },
  location: 'clean',
  removed: [],
};

test('a claim names what the services sign, and leaves out what is not known', () => {
  assert.deepEqual(claimOf('a.jpg', prepared), {
    filename: 'a.jpg',
    content_type: 'image/jpeg',
    size: 5,
    sha256: 'hash',
    thumbhash: 'th',
    thumbnail: { content_type: 'image/webp', size: 1, sha256: 'preview hash' },
  });
  assert.deepEqual(claimOf('a.jpg', { ...prepared, sha256: null, thumbhash: null, preview: null }), {
    filename: 'a.jpg',
    content_type: 'image/jpeg',
    size: 5,
  });
});

test('a claim fits the same bytes alone', () => {
  const claim = claimOf('a.jpg', prepared);
  assert.equal(fits(claim, prepared), true);
  assert.equal(fits(claim, { ...prepared, preview: null }), true);
  assert.equal(fits(claim, { ...prepared, blob: new Blob(['1234']) }), false);
  assert.equal(fits(claim, { ...prepared, contentType: 'image/png' }), false);
  assert.equal(fits(claim, { ...prepared, sha256: 'another' }), false);
  assert.equal(fits(claimOf('a.jpg', { ...prepared, sha256: null }), { ...prepared, sha256: null }), true);
});
