// SPDX-License-Identifier: Apache-2.0
// The shapes of the gateway's answers, as proto/openapi.yaml has them. Times are ISO-8601 UTC.

export type Role = 'viewer' | 'technician' | 'admin' | 'operator';

export interface User {
  id: string;
  email: string;
  name: string;
  role: Role;
  tags?: Record<string, string>;
  groupIds: string[];
}

export interface Group {
  id: string;
  name: string;
  parentId: string | null;
  leaf: boolean;
  deviceCount: number;
  connectedCount: number;
  children: Group[];
}

export interface Model {
  key: string;
  title: string;
  pictureUrl: string | null;
}

export type AttributeType = 'number' | 'string' | 'boolean' | 'gps';

export interface Attribute {
  name: string;
  type: AttributeType;
  unit?: string | null;
  min?: number | null;
  max?: number | null;
}

export interface Command {
  name: string;
  title?: string | null;
  /** A question to ask first; true asks a plain one. */
  confirm?: string | boolean | null;
}

export type Value = number | string | boolean;

export interface Sample {
  value: Value;
  time: string;
}

export interface Device {
  serial: string;
  deviceId: string;
  name: string | null;
  recipeId: string;
  model: string | null;
  groupId: string | null;
  tags: Record<string, string>;
  connected: boolean;
  lastSeenAt: string | null;
  provisionedAt: string | null;
  latest?: Record<string, Sample>;
}

export interface RecipeSummary {
  id: string;
  name: string;
  attributes: Attribute[];
  /** What the button reports: part of the hand-over, no reading. */
  registerAttribute?: string;
  commands?: Command[];
}

/** What GET /api/devices/{serial} adds to a device. */
export interface DeviceDetails extends Device {
  recipe: RecipeSummary;
  mayCommand: boolean;
  mayRelease: boolean;
}

export type ProvisioningState =
  | 'waiting'
  | 'proven'
  | 'completed'
  | 'cancelled'
  | 'expired'
  | 'superseded'
  | 'locked';

export interface Presence {
  policy: 'press' | 'pattern' | 'none';
  requiredPresses: number;
  presses: number;
  provenAt: string | null;
  /** Someone else has a window on the same device too. */
  contended?: boolean;
}

export interface Provisioning {
  id: string;
  serial: string;
  recipeId: string;
  state: ProvisioningState;
  startedAt: string;
  expiresAt: string;
  serverTime: string;
  presence: Presence;
  /** Grows by one with every change; missing where the sender does not know it. */
  version?: number;
  /** Why it is as it is: a short word such as `wrong_pattern` or `time_up`. */
  reason?: string | null;
  device?: { connected: boolean; lastSeenAt: string | null } | null;
}

export interface PressEvent {
  presses: number;
  requiredPresses: number;
  at: string;
}

/** One bucket of history: time, lowest, mean, highest, number of samples. */
export type Bucket = [time: string | number, min: number, avg: number, max: number, count: number];

export interface History {
  from: string;
  to: string;
  attributes: Record<string, { type: AttributeType; unit?: string | null; points: Bucket[] }>;
}

export interface StateEvent {
  time: string;
  data: Record<string, Value>;
}

export interface PresenceEvent {
  connected: boolean;
  at: string;
}

export interface LedgerLine {
  seq: number;
  at: string;
  act: string;
  actor?: string | { name?: string | null; email?: string | null } | null;
  detail?: unknown;
  hash?: string;
}

export interface Credentials {
  accessKey: string;
  accessSecret: string;
}

export interface Config {
  productName: string;
  checkedPrefixes: string[];
  labelHost: string;
  accent?: string | null;
}

export interface Page<T> {
  items: T[];
  nextCursor?: string | null;
}
