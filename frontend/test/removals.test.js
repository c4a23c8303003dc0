import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRemovals } from '../src/removals.js';
import { memoryDatabase } from '../testing/memory-database.js';

test('what was removed from a picture is found again by another page of the same browser', async () => {
  const database = memoryDatabase();
  await makeRemovals(database).put('a', ['location']);
  await makeRemovals(database).put('b', []);
  assert.deepEqual(await makeRemovals(database).get('a'), ['location']);
  assert.deepEqual(await makeRemovals(database).get('b'), []);
  assert.equal(database.all.removals.size, 1);
});

test('where the browser keeps nothing it is known as long as the page is open', async () => {
  const removals = makeRemovals(memoryDatabase({ broken: true }));
  await removals.put('a', ['location', 'video']);
  assert.deepEqual(await removals.get('a'), ['location', 'video']);
  assert.deepEqual(await removals.get('c'), []);
});
