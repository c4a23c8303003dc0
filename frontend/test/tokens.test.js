import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTokens } from '../src/tokens.js';
import { memoryDatabase } from '../testing/memory-database.js';

test('a token is found again by another page of the same browser', async () => {
  const database = memoryDatabase();
  await makeTokens(database).put('a', 'v1.x');
  const later = makeTokens(database);
  assert.equal(await later.get('a'), 'v1.x');
  assert.equal(await later.get('b'), null);
  assert.deepEqual([...(await later.all())], ['a']);
  await later.remove('a');
  assert.equal(await makeTokens(database).get('a'), null);
});

test('where the browser keeps nothing a token lasts as long as the page', async () => {
  const tokens = makeTokens(memoryDatabase({ broken: true }));
  await tokens.put('a', 'v1.x');
  assert.equal(await tokens.get('a'), 'v1.x');
  assert.deepEqual([...(await tokens.all())], ['a']);
  await tokens.remove('a');
  assert.equal(await tokens.get('a'), null);
});
