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

export interface Counts {
  deviceCount: number;
  connectedCount: number;
}

export interface GroupTree {
  items: Group[];
  /** Devices in no group; for operators only. */
  stock?: Counts;
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
  /** Of a device that was released just now, for who may take that back. */
  undoUntil?: string | null;
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
  /** Enough was pressed: how often does the light blink? */
  blink?: BlinkQuestion | null;
}

export interface BlinkQuestion {
  /** When the device was last told to blink. */
  askedAt: string;
  /** Wrong answers until it locks, the next one included. It names the question. */
  tries: number;
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
  /** A press came from that device while this one had not been heard; only one that I could provision is named. */
  otherPress?: OtherPress | null;
}

export interface OtherPress {
  serial: string;
  at: string;
}

export interface PressEvent {
  presses: number;
  requiredPresses: number;
  at: string;
}

/** One bucket of history: time, lowest, mean, highest, number of samples; of texts only time and number. */
export type Bucket = [time: string | number, min: number | null, avg: number | null, max: number | null, count: number];

export interface History {
  from: string;
  to: string;
  /** How old the oldest report is that was received and is not in here yet. */
  behindSeconds: number;
  attributes: Record<string, { type: AttributeType; unit?: string | null; points: Bucket[]; /** Of texts: the last one of each bucket. */ last?: string[] }>;
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
  /** Beside what /branding/theme.css says; null is the app's own. */
  branding: { logoUrl: string | null; barColour: string | null };
  checkedPrefixes: string[];
  labelHost: string;
}

export interface Page<T> {
  items: T[];
  nextCursor?: string | null;
}

// ---- Administration ---------------------------------------------------------------------------------------------

export interface Recipe {
  id: string;
  name: string;
  attributes: Attribute[];
  tags: Record<string, string>;
  presencePolicy: 'press' | 'pattern' | 'none';
  transferPolicy: 'presence' | 'consent' | 'never';
  window_s: number;
  burstPause_ms: number;
  /** Who provisions such a device says how often its light blinks. */
  blinkCheck: boolean;
  registerAttribute: string;
  serialPrefix: string;
  checkedSerials: boolean;
  models: Model[];
  commands: Command[];
}

export type ColumnMeaning = 'serial' | 'name' | 'group' | 'model' | 'provisioned_at' | 'tag' | 'ignored';

export interface PlanColumn {
  name: string;
  meaning: ColumnMeaning;
}

export interface PlanSample {
  line: number;
  serial: string;
  name?: string | null;
  group?: string | null;
  model?: string | null;
  tags?: Record<string, string>;
}

/** What a file would make; `provisioned` are those that it also hands over. */
export interface BatchPlan {
  rows: number;
  create: number;
  unchanged: number;
  provisioned: number;
  bad: number;
  columns?: PlanColumn[];
  sample?: PlanSample[];
}

export interface RowError {
  field: string;
  code: string;
  message: string;
  line?: number;
  column?: string | number;
}

export interface BatchCheck {
  plan: BatchPlan;
  errors?: RowError[];
  errorCount?: number;
}

export interface BatchProgress {
  phase: 'receiving' | 'checking' | 'writing' | 'finished' | 'failed';
  rows: number;
  done: number;
}

export interface Batch {
  id: string;
  recipeId: string;
  recipeName: string;
  createdAt: string;
  createdBy: { name: string; email: string } | null;
  devices: number;
  provisioned: number;
}

export interface LabelSheet {
  key: string;
  title: string;
  paper: 'a4' | 'letter' | 'roll';
  columns: number;
  rows: number;
  labelWidthMm: number;
  labelHeightMm: number;
}

/** A link that opens once (or, for a pass, until it ends); it is shown this once. */
export interface IssuedLink {
  link: string;
  expiresAt: string;
}

export type LinkKind = 'invitation' | 'password_reset' | 'first_operator' | 'pass';

export interface LinkCheck {
  kind: LinkKind;
  email?: string | null;
  name?: string | null;
  expiresAt?: string | null;
  groupName?: string | null;
}

export interface Pass {
  id: string;
  name: string;
  groupId: string;
  notAfter: string;
  createdAt: string;
  createdBy?: { name: string; email: string } | null;
}

export type Scope = 'read' | 'devices' | 'batches' | 'provision' | 'recipes' | 'people' | 'tokens';

export interface ApiToken {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: string;
  expiresAt: string;
  lastUsedAt?: string | null;
  userId: string;
}

export interface RegistrationToken {
  id: string;
  recipeId: string;
  name: string;
  serialPattern: string;
  uses: number;
  used: number;
  createdAt: string;
  expiresAt: string;
  revokedAt?: string | null;
  kid: string;
}

export interface RegistrationKey {
  kid: string;
  createdAt: string;
  state: 'active' | 'retired';
}

export interface LedgerEntry extends LedgerLine {
  serial?: string | null;
  deviceId?: string | null;
}

export interface LedgerVerification {
  lines: number;
  ok: boolean;
  firstBroken?: number | null;
  nextCursor?: string | null; // whole so far, and there is more
}

export type CredentialState = 'active' | 'disabled' | 'expired' | 'revoked';

export interface Credential {
  accessKey: string;
  state: CredentialState;
  createdAt: string;
  validUntil?: string | null;
  allowedAddresses: string[];
  createdBy?: { name: string; email: string } | string | null;
}

/** Somebody asks for a device of mine. */
export interface ConsentRequest {
  id: string;
  serial: string;
  deviceName: string;
  groupName: string;
  requester: { name: string; email: string };
  note: string;
  askedAt: string;
  state: 'open' | 'granted' | 'expired' | 'declined';
  grantedUntil: string | null;
}

/** What happened to a device that was mine. */
export interface DeviceNotice {
  id: string;
  kind: 'device_taken_over';
  serial: string;
  deviceName: string;
  at: string;
  read: boolean;
  /** Whom its people had agreed to; missing when nobody was asked. */
  agreed?: { with: ConsentRequest['requester']; at: string };
}

/** A device that was released in the last minutes; the release can be undone until then. */
export interface RecentRelease {
  serial: string;
  name: string;
  groupName: string;
  releasedAt: string;
  undoUntil: string;
}
