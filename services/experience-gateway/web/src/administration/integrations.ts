// SPDX-License-Identifier: Apache-2.0
// What an integration is made of, as people choose it. Pure.
import type { EventType } from '../api/integration_types';
import type { Choice } from './people';

export const kEventTypes: readonly Choice<EventType>[] = [
  { key: 'device.registered', title: 'Registered', words: 'It got an identity and credentials.' },
  { key: 'device.provisioned', title: 'Provisioned', words: 'It was handed over to a group.' },
  { key: 'device.released', title: 'Released', words: 'It left its group.' },
  { key: 'device.connected', title: 'Connected', words: 'It came.' },
  { key: 'device.disconnected', title: 'Disconnected', words: 'It went.' },
  { key: 'device.faulted', title: 'Faulted', words: 'It says that it has a fault now.' },
];

export function eventsText(events: readonly EventType[]): string {
  if (events.length === kEventTypes.length) return 'Every event';
  return kEventTypes.filter((each) => events.includes(each.key)).map((each) => each.title).join(', ');
}

export interface IntegrationDraft {
  name: string;
  groupId: string | null;
  events: readonly EventType[];
  url: string;
}

/** By field. The server looks at the URL again, and at where it leads. */
export function integrationFaults(draft: IntegrationDraft, mayHearAll: boolean): Record<string, string> {
  const faults: Record<string, string> = {};
  if (draft.name.trim() === '') faults['name'] = 'Say what it is for.';
  if (draft.groupId === null && !mayHearAll) faults['groupId'] = 'Choose whose devices it hears of.';
  if (draft.events.length === 0) faults['events'] = 'Choose at least one.';
  if (draft.url.trim() !== '' && !/^https?:\/\/[^\s/]+/i.test(draft.url.trim())) faults['webhook.url'] = 'A URL that begins with https:// is needed.';
  return faults;
}
