// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import schema from '../../../../../proto/schemas/integration.json';
import { eventsText, integrationFaults, kEventTypes } from './integrations';

const good = { name: 'Maintenance', groupId: 'g', events: ['device.released'] as const, url: '' };

describe('an integration', () => {
  it('needs a name, an event and, but for operators, a group', () => {
    expect(integrationFaults(good, false)).toEqual({});
    expect(Object.keys(integrationFaults({ name: ' ', groupId: null, events: [], url: '' }, false))).toEqual(['name', 'groupId', 'events']);
    expect(integrationFaults({ ...good, groupId: null }, true)).toEqual({});
  });

  it('has a webhook with a URL, or none', () => {
    expect(integrationFaults({ ...good, url: ' https://hooks.example/x ' }, false)).toEqual({});
    for (const url of ['hooks.example', 'ftp://hooks.example', 'https://']) expect(Object.keys(integrationFaults({ ...good, url }, false))).toEqual(['webhook.url']);
  });

  it('may hear every type of event that there is', () => {
    expect(kEventTypes.map((each) => each.key)).toEqual(schema.$defs.eventType.enum);
  });

  it('says in few words what it hears', () => {
    expect(eventsText(['device.released', 'device.connected'])).toBe('Released, Connected');
    expect(eventsText(kEventTypes.map((each) => each.key))).toBe('Every event');
  });
});
