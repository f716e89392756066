// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ConsentRequest } from '../api/types';
import { attentionText, holds, requesterText, stateWords, takenText, waitingFirst } from './consents';

const kNow = Date.parse('2026-11-22T12:00:00.000Z');

function request(state: ConsentRequest['state'], grantedUntil: string | null = null, id = 'a'): ConsentRequest {
  return { id, serial: 'GEN-1', deviceName: 'Roof', groupName: 'Hospital', requester: { name: 'Tom', email: 'tom@b.example' }, note: '', askedAt: '2026-11-22T11:00:00.000Z', state, grantedUntil };
}

describe('a request for consent', () => {
  it('is told as what the admin can do about it', () => {
    expect(stateWords(request('open'), kNow)).toEqual({ tone: 'brass', words: 'waits for you' });
    expect(stateWords(request('declined'), kNow).words).toBe('declined');
    expect(stateWords(request('granted', '2026-11-22T12:00:01.000Z'), kNow).words).toContain('may take it until');
  });

  it('stops to hold on the second, whatever the server said before', () => {
    const granted = request('granted', '2026-11-22T12:00:00.000Z');
    expect(holds(granted, kNow - 1)).toBe(true);
    expect(holds(granted, kNow)).toBe(false);
    expect(stateWords(granted, kNow).words).toBe('was allowed; the time is over');
  });

  it('names who asks, and does not show the address of a pass', () => {
    expect(requesterText({ name: 'Tom', email: 'tom@b.example' })).toBe('Tom, tom@b.example');
    expect(requesterText({ name: 'Jo', email: 'pass-1@pass.invalid' })).toBe('Jo (with a technician pass)');
  });

  it('comes first while it waits', () => {
    const all = [request('declined', null, 'x'), request('open', null, 'y'), request('granted', null, 'z')];
    expect(waitingFirst(all).map((each) => each.id)).toEqual(['y', 'x', 'z']);
  });
});

it('a take-over names whom it was agreed with, and nobody otherwise', () => {
  const notice = { id: 'n', kind: 'device_taken_over' as const, serial: 'GEN-1', deviceName: 'Roof', at: '2026-11-22T12:00:00.000Z', read: false };
  expect(takenText(notice)).toMatch(/^taken over [^,]*2026[^a-z]*$/);
  const agreed = { with: { name: 'Tom', email: 'tom@b.example' }, at: '2026-11-21T12:00:00.000Z' };
  expect(takenText({ ...notice, agreed })).toMatch(/^taken over 22 Nov .* by Tom, tom@b\.example, as agreed on 21 Nov /);
});

it.each([[0, 0, ''], [1, 0, 'Somebody asks for one of your devices.'], [2, 1, '2 requests for your devices wait for an answer. A device of yours was taken over.'],
  [0, 3, '3 devices of yours were taken over.']])('%i requests and %i notices', (requests, notices, words) => {
  expect(attentionText(requests, notices)).toBe(words);
});
