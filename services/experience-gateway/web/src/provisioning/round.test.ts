// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { loadDraft } from './draft';
import { keepRound, loadRound, withOneMore } from './round';

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

describe('a round of a technician', () => {
  it('counts a device once and gives the next form group and model, but never the name', () => {
    let round = withOneMore(loadRound('u1'), 'GEN-1', { name: 'One', groupId: 'g1', model: 'kd-30' });
    round = withOneMore(round, 'GEN-2', { name: 'Two', groupId: 'g2', model: 'kd-60' });
    round = withOneMore(round, 'GEN-1', { name: 'One again', groupId: 'g1', model: 'kd-30' });
    keepRound('u1', round);
    expect(loadRound('u1').done).toEqual([{ serial: 'GEN-2', name: 'Two' }, { serial: 'GEN-1', name: 'One again' }]);
    expect(loadDraft('p9', loadRound('u1'))).toEqual({ name: '', groupId: 'g1', model: 'kd-30' });
  });

  it('is nothing to the next person in the same tab', () => {
    keepRound('u1', withOneMore(loadRound('u1'), 'GEN-1', { name: 'One', groupId: 'g1', model: 'kd-30' }));
    expect(loadRound('u2')).toEqual({ done: [], groupId: '', model: '' });
  });

  it.each(['null', '{', '[]', '{"userId":"u1"}', '{"userId":"u1","done":[null,3,{"serial":1}]}'])('survives %s', (text) => {
    kept.set('turnkey-round', text);
    expect(loadRound('u1')).toEqual({ done: [], groupId: '', model: '' });
  });
});
