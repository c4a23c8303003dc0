import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Removal } from '../../src/gallery/removal.js';
import { HttpError } from '../../src/net/errors.js';

const of = (...ids) => ids.map((id) => ({ id }));
const ids = (pictures) =>
  pictures
    .map(({ id }) => id)
    .sort()
    .join('');

/** @param {Record<string, number>} [faults]  status by id */
function fakeService(faults = {}) {
  const log = [];
  const act = (name) => async (id, token) => {
    if (faults[id]) throw new HttpError(faults[id], null, null);
    log.push(`${name} ${id} ${token}`);
    return { id };
  };
  return {
    log,
    faults,
    deletionToken: async (id) => (id === id.toLowerCase() ? `token-${id}` : null),
    remove: act('remove'),
    restore: act('restore'),
  };
}

test('each is removed with its own token, and undo brings back the same ones', async () => {
  const service = fakeService();
  const removal = new Removal(service);
  assert.equal(ids((await removal.remove(of('a', 'b'))).done), 'ab');
  assert.equal(ids((await removal.undo()).done), 'ab');
  assert.deepEqual(service.log.sort(), [
    'remove a token-a',
    'remove b token-b',
    'restore a token-a',
    'restore b token-b',
  ]);
  assert.equal(await removal.undo(), null);
});

test('what this browser may not remove is told apart from what failed, and neither keeps the others', async () => {
  const outcome = await new Removal(fakeService({ b: 503 })).remove(of('a', 'b', 'C'));
  assert.equal(ids(outcome.done), 'a');
  assert.equal(ids(outcome.failed), 'b');
  assert.equal(ids(outcome.denied), 'C');
  assert.equal(outcome.error.status, 503);
});

test('one that somebody else has removed counts as removed', async () => {
  assert.equal(ids((await new Removal(fakeService({ a: 404 })).remove(of('a'))).done), 'a');
});

test('removals are undone one by one, the last one first, and what could not be restored can be tried again', async () => {
  const service = fakeService();
  const removal = new Removal(service);
  await removal.remove(of('a'));
  await removal.remove(of('b'));
  service.faults.b = 503;
  assert.equal(ids((await removal.undo()).failed), 'b');
  service.faults.b = 0;
  assert.equal(ids((await removal.undo()).done), 'b');
  assert.equal(ids((await removal.undo()).done), 'a');
});
