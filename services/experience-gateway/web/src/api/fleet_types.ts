// SPDX-License-Identifier: Apache-2.0
// The shapes of the connection log and of the fleet, as proto/openapi.yaml has them.

export interface ConnectionLine {
  at: string;
  connected: boolean;
  reason: string;
}

export interface FleetDevice {
  serial: string;
  name: string;
  model: string | null;
  groupId: string | null;
  connected: boolean;
  lastSeenAt: string | null;
  /** Missing when nothing of the device says so. */
  faulted?: boolean;
  latest: { value: number; time: string } | null;
  /** The last value of each part of the time, null where it said nothing; empty when it never did. */
  points: (number | null)[];
}

export interface Fleet {
  from: string;
  to: string;
  attribute: string | null;
  attributes: { name: string; unit: string }[];
  /** False: the values are missing. */
  measured: boolean;
  /** There are more devices than these. */
  more: boolean;
  items: FleetDevice[];
}
