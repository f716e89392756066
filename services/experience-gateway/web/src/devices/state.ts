// SPDX-License-Identifier: Apache-2.0
// What the dashboard knows: a pure reducer over the device as fetched and its live events.
import type { DeviceDetails, PresenceEvent, Sample, StateEvent } from '../api/types';

export interface Dashboard {
  device: DeviceDetails;
  latest: Record<string, Sample>;
  connected: boolean;
  lastSeenAt: string | null;
  /** Grows with every live report, so that views can react to one. */
  reports: number;
}

export type DashboardEvent =
  | { type: 'loaded'; device: DeviceDetails }
  | { type: 'state'; report: StateEvent }
  | { type: 'presence'; presence: PresenceEvent };

function newer(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return Date.parse(one) >= Date.parse(other) ? one : other;
}

/** A backlog may arrive after what is newer: each value keeps its newest sample. */
function merged(known: Record<string, Sample>, next: Record<string, Sample>): Record<string, Sample> {
  const result = { ...known };
  for (const [name, sample] of Object.entries(next)) {
    const old = result[name];
    if (old === undefined || Date.parse(sample.time) >= Date.parse(old.time)) result[name] = sample;
  }
  return result;
}

export function open(device: DeviceDetails): Dashboard {
  return { device, latest: device.latest ?? {}, connected: device.connected, lastSeenAt: device.lastSeenAt, reports: 0 };
}

export function reduce(dashboard: Dashboard, event: DashboardEvent): Dashboard {
  switch (event.type) {
    case 'loaded':
      return {
        ...dashboard,
        device: event.device,
        latest: merged(dashboard.latest, event.device.latest ?? {}),
        connected: event.device.connected,
        lastSeenAt: newer(dashboard.lastSeenAt, event.device.lastSeenAt),
      };
    case 'state': {
      const { time, data } = event.report;
      const samples = Object.fromEntries(Object.entries(data).map(([name, value]) => [name, { value, time }]));
      return {
        ...dashboard,
        latest: merged(dashboard.latest, samples),
        lastSeenAt: newer(dashboard.lastSeenAt, time),
        reports: dashboard.reports + 1,
      };
    }
    case 'presence':
      return {
        ...dashboard,
        connected: event.presence.connected,
        lastSeenAt: newer(dashboard.lastSeenAt, event.presence.at),
      };
  }
}
