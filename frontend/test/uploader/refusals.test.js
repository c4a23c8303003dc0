import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError, NetworkError, Refused } from '../../src/net/errors.js';
import { refusedByService, refusedByStorage } from '../../src/uploader/refusals.js';

const blob = new Blob(['bytes']);
const unreadable = { slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }) };

test('a service refuses a file for good with 422, and ends an upload with 401, 403, 404 and 410', () => {
  const notAnImage = refusedByService(new HttpError(422, { status: 422, detail: 'a text' }, null));
  assert.ok(notAnImage instanceof Refused);
  assert.deepEqual([notAnImage.reason, notAnImage.detail], ['error.notAnImage', 'a text']);
  for (const status of [401, 403, 404, 410])
    assert.equal(refusedByService(new HttpError(status, null, null)).reason, 'error.gone');
});

test('what may pass stays the error that it is', async () => {
  for (const error of [
    new HttpError(409, null, null),
    new HttpError(503, null, null),
    new NetworkError('cut'),
    new Error('?'),
  ]) {
    assert.equal(refusedByService(error), error);
    assert.equal(await refusedByStorage(error, blob), error);
  }
});

test('storage refuses a PUT for good with 400 and 403', async () => {
  for (const status of [400, 403]) {
    const refused = await refusedByStorage(new HttpError(status, null, null), blob);
    assert.ok(refused instanceof Refused);
    assert.equal(refused.reason, 'error.storageRefused');
  }
});

test('a file that can no longer be read is told apart from a lost connection', async () => {
  const refused = await refusedByStorage(new NetworkError('cut'), unreadable);
  assert.equal(refused.reason, 'error.unreadable');
});
