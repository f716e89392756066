// SPDX-License-Identifier: Apache-2.0
// What the administration pages ask for; loaded with them.
import { at, device, newKey, query, request, transfer, type Received } from './client';
import type { EventType, Integration, MadeIntegration, WebhookDelivery } from './integration_types';
import type {
  ApiToken, Batch, BatchCheck, BatchProgress, ConsentRequest, Credential, Device, DeviceNotice, IssuedLink, LabelSheet, LedgerEntry, LedgerVerification, Model, Page, Pass,
  RecentRelease, Recipe, RegistrationKey, RegistrationToken, Role, Scope, User,
} from './types';

async function itemsOf<T>(path: string): Promise<T[]> {
  return (await request<Page<T>>(path)).items;
}

/** What is given as an answer, or under one name in it. */
function unwrapped<T>(answer: unknown, name: string): T {
  const fields = answer as Record<string, unknown>;
  return (fields[name] ?? answer) as T;
}

async function jsonOf<T>(received: Received): Promise<T> {
  return JSON.parse(await received.content.text()) as T;
}

// ---- Registering many ---------------------------------------------------------------------------------------------

export type BatchSource = { file: File } | { count: number };

export interface BatchOptions {
  idempotencyKey: string;
  onSent: (share: number) => void;
  signal: AbortSignal;
}

/** A batch as it was made, or what kept it from being one: every row was there already. */
export type BatchOutcome =
  | { kind: 'registered'; id: string | null; csv: Blob; skipped: number }
  | { kind: 'nothing'; check: BatchCheck };

function sendBatch(recipeId: string, source: BatchSource, flags: { dryRun: boolean; skipBad: boolean }, options: BatchOptions): Promise<Received> {
  return transfer(`/api/recipes/${at(recipeId)}/batches${query({ dryRun: String(flags.dryRun), skipBad: String(flags.skipBad) })}`, {
    ...options,
    method: 'POST',
    body: 'file' in source ? source.file : source,
    contentType: 'text/csv',
  });
}

export const batches = {
  check: async (recipeId: string, source: BatchSource, skipBad: boolean, options: BatchOptions): Promise<BatchCheck> =>
    jsonOf<BatchCheck>(await sendBatch(recipeId, source, { dryRun: true, skipBad }, options)),
  apply: async (recipeId: string, source: BatchSource, skipBad: boolean, options: BatchOptions): Promise<BatchOutcome> => {
    const received = await sendBatch(recipeId, source, { dryRun: false, skipBad }, options);
    if (received.status !== 201) return { kind: 'nothing', check: await jsonOf<BatchCheck>(received) };
    return { kind: 'registered', id: received.header('X-Batch-Id'), csv: received.content, skipped: Number(received.header('X-Skipped') ?? 0) };
  },
  progress: (key: string) => request<BatchProgress>(`/api/batches/progress/${at(key)}`),
  list: (recipe: string, cursor: string | null) => request<Page<Batch>>(`/api/batches${query({ recipe, cursor, limit: 50 })}`),
  one: async (id: string) => unwrapped<Batch>(await request(`/api/batches/${at(id)}`), 'batch'),
};

export interface LabelOptions {
  format: 'pdf' | 'svg' | 'zpl';
  sheet: string;
  moduleMm: number;
  dpi: number;
  start: number;
  page: number;
}

export const labels = {
  sheets: () => itemsOf<LabelSheet>('/api/label-sheets'),
  /** `of` is a batch's or a device's own path. */
  get: (of: string, options: LabelOptions): Promise<Received> => {
    const { format, sheet, moduleMm, dpi, start, page } = options;
    return transfer(`${of}/labels.${format}${query({
      sheet, moduleMm, start: start > 1 ? start : null, dpi: format === 'zpl' ? dpi : null, page: format === 'svg' && page > 1 ? page : null,
    })}`);
  },
  ofBatch: (id: string): string => `/api/batches/${at(id)}`,
  ofDevice: device,
};

// ---- Recipes ------------------------------------------------------------------------------------------------------

export type RecipeFields = Omit<Recipe, 'id'>;

export const recipes = {
  list: () => itemsOf<Recipe>('/api/recipes'),
  one: async (id: string) => unwrapped<Recipe>(await request(`/api/recipes/${at(id)}`), 'recipe'),
  create: async (fields: RecipeFields) => unwrapped<Recipe>(await request('/api/recipes', { method: 'POST', body: fields }), 'recipe'),
  update: async (id: string, changes: Partial<RecipeFields>) =>
    unwrapped<Recipe>(await request(`/api/recipes/${at(id)}`, { method: 'PATCH', body: changes }), 'recipe'),
  /** With `more`, the time was not enough for all: the same key goes on. */
  rollOut: (id: string, idempotencyKey: string) =>
    request<{ devices: number; more: boolean }>(`/api/recipes/${at(id)}/rollout`, { method: 'POST', body: {}, idempotencyKey }),
  putPicture: async (id: string, model: string, picture: File): Promise<Model> =>
    unwrapped<Model>(
      await jsonOf(await transfer(`/api/recipes/${at(id)}/models/${at(model)}/picture`, { method: 'PUT', body: picture, contentType: picture.type })),
      'model',
    ),
};

// ---- Groups and people --------------------------------------------------------------------------------------------

export const groups = {
  create: (name: string, parentId: string | null) =>
    request('/api/groups', { method: 'POST', body: parentId === null ? { name } : { name, parentId } }),
  change: (id: string, changes: { name?: string; parentId?: string | null }) =>
    request(`/api/groups/${at(id)}`, { method: 'PATCH', body: changes }),
  remove: (id: string) => request<null>(`/api/groups/${at(id)}`, { method: 'DELETE' }),
};

export interface Person {
  email: string;
  name: string;
  role: Role;
  groupIds: string[];
  tags: Record<string, string>;
}

export const people = {
  list: (q: string, cursor: string | null) => request<Page<User>>(`/api/users${query({ q, cursor, limit: 50 })}`),
  invite: (person: Person) => request<IssuedLink & { user: User }>('/api/users/invitations', { method: 'POST', body: person }),
  change: async (id: string, changes: Partial<Person>) =>
    unwrapped<User>(await request(`/api/users/${at(id)}`, { method: 'PATCH', body: changes }), 'user'),
  resetPassword: (id: string) => request<IssuedLink>(`/api/users/${at(id)}/password-reset`, { method: 'POST', body: {} }),
  signOut: (id: string) => request<null>(`/api/users/${at(id)}/sign-out`, { method: 'POST', body: {} }),
  remove: (id: string) => request<null>(`/api/users/${at(id)}`, { method: 'DELETE' }),
};

export const passes = {
  list: () => itemsOf<Pass>('/api/passes'),
  create: (pass: { groupId: string; name: string; notAfter: string }) =>
    request<{ pass: Pass; link: string }>('/api/passes', { method: 'POST', body: pass }),
  revoke: (id: string) => request<null>(`/api/passes/${at(id)}`, { method: 'DELETE' }),
};

// ---- Tokens -------------------------------------------------------------------------------------------------------

export const tokens = {
  list: (all: boolean) => itemsOf<ApiToken>(`/api/tokens${query({ all: all ? 'true' : null })}`),
  create: (token: { name: string; scopes: Scope[]; expiresAt: string }) =>
    request<{ token: ApiToken; secret: string }>('/api/tokens', { method: 'POST', body: token }),
  remove: (id: string) => request<null>(`/api/tokens/${at(id)}`, { method: 'DELETE' }),
};

// ---- Integrations -------------------------------------------------------------------------------------------------

export interface NewIntegration {
  name: string;
  groupId: string | null;
  events: EventType[];
  webhook: { url: string } | null;
}

const integration = (id: string): string => `/api/integrations/${at(id)}`;

export const integrations = {
  list: () => itemsOf<Integration>('/api/integrations'),
  create: (fields: NewIntegration) => request<MadeIntegration>('/api/integrations', { method: 'POST', body: fields }),
  rotate: (id: string) => request<MadeIntegration>(`${integration(id)}/rotation`, { method: 'POST', body: {} }),
  remove: (id: string) => request<null>(integration(id), { method: 'DELETE' }),
  deliveries: (id: string, cursor: string | null) => request<Page<WebhookDelivery>>(`${integration(id)}/deliveries${query({ cursor, limit: 50 })}`),
};

export interface NewRegistrationToken {
  name: string;
  lifetime_s: number;
  uses: number;
  serialPattern: string;
}

const registrationTokens = (recipeId: string): string => `/api/recipes/${at(recipeId)}/registration-tokens`;

export const registration = {
  tokens: (recipeId: string) => itemsOf<RegistrationToken>(registrationTokens(recipeId)),
  createToken: (recipeId: string, token: NewRegistrationToken) =>
    request<{ token: RegistrationToken; jwt: string }>(registrationTokens(recipeId), { method: 'POST', body: token }),
  revokeToken: (id: string) => request<null>(`/api/registration-tokens/${at(id)}`, { method: 'DELETE' }),
  keys: () => itemsOf<RegistrationKey>('/api/registration-keys'),
  rotateKey: () => request('/api/registration-keys', { method: 'POST', body: {} }),
  voidKey: (kid: string) => request<null>(`/api/registration-keys/${at(kid)}`, { method: 'DELETE' }),
};

// ---- Ledger -------------------------------------------------------------------------------------------------------

export interface LedgerFilter {
  group?: string | null;
  act?: string;
  serial?: string;
  person?: string | null;
  from?: string | null;
  to?: string | null;
}

export const ledger = {
  page: (filter: LedgerFilter, cursor: string | null) => request<Page<LedgerEntry>>(`/api/ledger${query({ ...filter, cursor, limit: 50 })}`),
  verify: async (): Promise<LedgerVerification> => {
    const page = (cursor: string | null) => request<LedgerVerification>(`/api/ledger/verification${query({ cursor })}`);
    let verdict = await page(null);
    while (verdict.nextCursor != null) verdict = await page(verdict.nextCursor);
    return verdict;
  },
  exportPath: (filter: LedgerFilter): string => `/api/ledger/export${query({ from: filter.from, to: filter.to })}`,
};

// ---- The life of a device -----------------------------------------------------------------------------------------

export interface DeviceChanges {
  name?: string;
  tags?: Record<string, string>;
  groupId?: string;
  model?: string;
}

export interface CredentialChanges {
  disabled?: boolean;
  allowedAddresses?: string[];
  validUntil?: string | null;
}

const credential = (serial: string, accessKey: string): string => `${device(serial)}/credentials/${at(accessKey)}`;

export const devices = {
  change: async (serial: string, changes: DeviceChanges) =>
    unwrapped<Device>(await request(device(serial), { method: 'PATCH', body: changes }), 'device'),
  remove: (serial: string) => request<null>(device(serial), { method: 'DELETE' }),
  replace: async (serial: string, by: string) =>
    unwrapped<Device>(await request(`${device(serial)}/replacement`, { method: 'POST', body: { serial: by }, idempotencyKey: newKey() }), 'device'),
  undoRelease: async (serial: string) =>
    unwrapped<Device>(await request(`${device(serial)}/release-undo`, { method: 'POST', body: {} }), 'device'),
  releases: () => itemsOf<RecentRelease>('/api/releases'),
};

const consentRequest = (id: string): string => `/api/consent-requests/${at(id)}`;

export const consents = {
  list: (cursor: string | null) => request<Page<ConsentRequest>>(`/api/consent-requests${query({ cursor })}`),
  grant: (id: string) => request<ConsentRequest>(`${consentRequest(id)}/grant`, { method: 'POST', body: {} }),
  decline: (id: string) => request<ConsentRequest>(`${consentRequest(id)}/decline`, { method: 'POST', body: {} }),
};

export const notices = {
  list: (cursor: string | null) => request<Page<DeviceNotice>>(`/api/notices${query({ cursor })}`),
  markRead: (id: string) => request<null>(`/api/notices/${at(id)}/read`, { method: 'POST', body: {} }),
};

export const credentials = {
  list: (serial: string) => itemsOf<Credential>(`${device(serial)}/credentials`),
  add: (serial: string, fields: { overlap_s?: number; allowedAddresses?: string[] }) =>
    request<{ credential: Credential; accessSecret: string }>(`${device(serial)}/credentials`, {
      method: 'POST', body: fields, idempotencyKey: newKey(),
    }),
  change: (serial: string, accessKey: string, changes: CredentialChanges) =>
    request<{ credential: Credential }>(credential(serial, accessKey), { method: 'PATCH', body: changes }),
  revoke: (serial: string, accessKey: string) => request<null>(credential(serial, accessKey), { method: 'DELETE' }),
};
