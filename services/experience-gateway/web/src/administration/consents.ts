// SPDX-License-Identifier: Apache-2.0
// Requests for an owner's consent, and notices, in words. Pure.
import { dateTimeText } from '../devices/format';
import type { ConsentRequest, DeviceNotice } from '../api/types';

/** As long as a yes holds, as the server has it. */
export const kConsentLasts = '24 hours';

export interface StateWords {
  tone: '' | 'ok' | 'brass';
  words: string;
}

const kTime = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' });

export function untilText(time: string): string {
  const ms = Date.parse(time);
  return Number.isFinite(ms) ? kTime.format(ms) : time;
}

/** `nowMs`: a grant ends while the page is open, too. */
export function stateWords(request: ConsentRequest, nowMs: number): StateWords {
  if (holds(request, nowMs)) return { tone: 'ok', words: `may take it until ${untilText(request.grantedUntil ?? '')}` };
  if (request.state === 'open') return { tone: 'brass', words: 'waits for you' };
  return { tone: '', words: request.state === 'declined' ? 'declined' : 'was allowed; the time is over' };
}

export function holds(request: ConsentRequest, nowMs: number): boolean {
  return request.state === 'granted' && request.grantedUntil !== null && Date.parse(request.grantedUntil) > nowMs;
}

/** People with a technician pass have no address of their own. */
export function requesterText(requester: ConsentRequest['requester']): string {
  return requester.email.endsWith('@pass.invalid') ? `${requester.name} (with a technician pass)` : `${requester.name}, ${requester.email}`;
}

/** What became of a request that was agreed to stands with the take-over. */
export function takenText(notice: DeviceNotice): string {
  const taken = `taken over ${dateTimeText(notice.at)}`;
  if (notice.agreed === undefined) return taken;
  return `${taken} by ${requesterText(notice.agreed.with)}, as agreed on ${dateTimeText(notice.agreed.at)}`;
}

/** Those that wait first, each kind as it came. */
export function waitingFirst(requests: readonly ConsentRequest[]): ConsentRequest[] {
  return [...requests.filter((each) => each.state === 'open'), ...requests.filter((each) => each.state !== 'open')];
}

/** Nothing waits: "". */
export function attentionText(requests: number, notices: number): string {
  const parts: string[] = [];
  if (requests > 0) parts.push(requests === 1 ? 'Somebody asks for one of your devices.' : `${requests} requests for your devices wait for an answer.`);
  if (notices > 0) parts.push(notices === 1 ? 'A device of yours was taken over.' : `${notices} devices of yours were taken over.`);
  return parts.join(' ');
}
