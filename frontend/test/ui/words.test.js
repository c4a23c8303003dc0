import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { en } from '../../src/i18n/en.js';
import { currentLanguage, setLanguage } from '../../src/i18n/index.js';
import { ptBR } from '../../src/i18n/pt-BR.js';
import { explainRemoved, explainWait } from '../../src/ui/words.js';

const before = currentLanguage();
after(() => setLanguage(before));

test('who has sent as much as an hour allows is told when it goes on, and never too early', () => {
  const at = new Date(2026, 10, 29, 14, 5, 1).getTime();
  assert.match(explainWait('budget', at), /limit for this hour.*2:06/i);
  assert.match(explainWait('budget', at - 1000), /2:05/);
});

test('a wait whose end nobody knows names no time', () => {
  for (const words of [en, ptBR])
    for (const why of ['offline', 'network', 'busy', 'otherTab']) assert.doesNotMatch(words[`wait.${why}`], /\{/);
  assert.equal(explainWait('offline', null), en['wait.offline']);
});

test('both languages say that the disk is full in plain words', () => {
  for (const words of [en, ptBR]) {
    assert.match(words['tray.full'], /dis[ck]/);
    assert.doesNotMatch(`${words['tray.full']} ${words['tray.full.help']}`, /\d|store|HTTP/);
  }
});

test('what was removed is said, and nothing if nothing was', () => {
  setLanguage('en');
  assert.equal(explainRemoved([]), '');
  assert.equal(explainRemoved(['location']), 'location removed');
  assert.equal(explainRemoved(['location', 'makerNotes']), 'location and unreadable camera notes removed');
  setLanguage('pt-BR');
  assert.equal(explainRemoved(['location', 'credentials']), 'Removido: localização e credenciais de conteúdo');
});
