// SPDX-License-Identifier: Apache-2.0
// Other systems that hear of devices, as the API shows them.
export type EventType = 'device.registered' | 'device.provisioned' | 'device.released' | 'device.connected' | 'device.disconnected' | 'device.faulted';

export interface Integration {
  id: string;
  name: string;
  groupId: string | null;
  events: EventType[];
  webhook: { url: string; waiting: number; givenUp: number } | null;
  mqttUser: string;
  createdAt: string;
}

/** With what was just made for it, shown once. */
export interface MadeIntegration {
  integration: Integration;
  mqtt?: { clientId: string; user: string; password: string; topic: string; host: string; port: number; tls: boolean };
  webhookSecret?: string;
}

export interface WebhookDelivery {
  eventId: string;
  type: EventType;
  serial: string;
  at: string;
  state: 'waiting' | 'given_up';
  attempts: number;
  lastAttemptAt: string | null;
  nextAttemptAt: string | null;
  lastError: string;
}
