// SPDX-License-Identifier: Apache-2.0
// The one place that fetches. Same origin only; every refusal is thrown as a Problem.
import type { ConnectionLine, Fleet } from './fleet_types';
import { Problem, problemFrom } from './problem';
import type {
  Config, ConsentRequest, Credentials, Device, DeviceDetails, DeviceNotice, Group, GroupTree, History, LedgerLine, Model, Page, Provisioning, User, Value,
} from './types';

const kTimeoutMs = 12_000;
/** A large file takes its time on a poor line; a server that works on one says nothing for a while. */
const kTransferTimeoutMs = 15 * 60_000;

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  idempotencyKey?: string;
  /** A 401 here is an answer, not the end of the session. */
  signingIn?: boolean;
}

let onSessionEnd: () => void = () => undefined;

/** Called for every 401 that is not the answer to a sign-in. */
export function whenSessionEnds(callback: () => void): void {
  onSessionEnd = callback;
}

/** 128 random bits as hex; works where crypto.randomUUID is missing (pages without TLS). */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function bodyOf(response: Response): Promise<unknown> {
  const kind = response.headers.get('Content-Type') ?? '';
  if (!kind.includes('json')) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}

async function send(path: string, call: Call): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Correlation-Id': newKey() };
  if (call.body !== undefined) headers['Content-Type'] = 'application/json';
  if (call.idempotencyKey !== undefined) headers['Idempotency-Key'] = call.idempotencyKey;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), kTimeoutMs);
  try {
    return await fetch(path, {
      method: call.method ?? 'GET',
      headers,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: limit.signal,
    });
  } catch {
    if (limit.signal.aborted) throw new Problem(0, 'timeout', 'The server took too long to answer. Please try again.');
    throw new Problem(0, 'offline', 'No connection to the server. Check the network and try again.');
  } finally {
    clearTimeout(timer);
  }
}

export async function request<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, call);
  const body = await bodyOf(response);
  if (response.ok) return body as T;
  const problem = problemFrom(response.status, body, response.headers.get('Retry-After'));
  if (problem.status === 401 && call.signingIn !== true) onSessionEnd();
  throw problem;
}

export function query(fields: Record<string, string | number | null | undefined>): string {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

export interface Transfer {
  method?: 'GET' | 'POST' | 'PUT';
  /** A file as it is, or an object as JSON. */
  body?: Blob | object;
  contentType?: string;
  idempotencyKey?: string;
  /** How much of the body has been sent, 0..1. */
  onSent?: (share: number) => void;
  signal?: AbortSignal;
}

export interface Received {
  status: number;
  content: Blob;
  header: (name: string) => string | null;
}

async function receivedBy(call: XMLHttpRequest): Promise<Received> {
  const content = call.response instanceof Blob ? call.response : new Blob();
  const header = (name: string): string | null => call.getResponseHeader(name);
  if (call.status >= 200 && call.status < 300) return { status: call.status, content, header };
  let body: unknown = null;
  if ((header('Content-Type') ?? '').includes('json')) {
    try {
      body = JSON.parse(await content.text());
    } catch {
      // The status alone says what it is.
    }
  }
  if (call.status === 401) onSessionEnd();
  throw problemFrom(call.status, body, header('Retry-After'));
}

/** Files up and down, with progress: what fetch cannot tell about the way up. */
export function transfer(path: string, options: Transfer = {}): Promise<Received> {
  const { method = 'GET', body, onSent, signal } = options;
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open(method, path);
    call.responseType = 'blob';
    call.timeout = kTransferTimeoutMs;
    call.setRequestHeader('X-Correlation-Id', newKey());
    if (body !== undefined) call.setRequestHeader('Content-Type', body instanceof Blob ? (options.contentType ?? body.type) : 'application/json');
    if (options.idempotencyKey !== undefined) call.setRequestHeader('Idempotency-Key', options.idempotencyKey);
    if (onSent !== undefined) call.upload.onprogress = (event) => onSent(event.lengthComputable ? event.loaded / event.total : 0);
    call.onload = () => resolve(receivedBy(call));
    call.onerror = () => reject(new Problem(0, 'offline', 'No connection to the server. Check the network and try again.'));
    call.ontimeout = () => reject(new Problem(0, 'timeout', 'The server took too long to answer. Please try again.'));
    call.onabort = () => reject(new Problem(0, 'stopped', 'Stopped.'));
    signal?.addEventListener('abort', () => call.abort(), { once: true });
    call.send(body === undefined ? null : body instanceof Blob ? body : JSON.stringify(body));
  });
}

export const at = encodeURIComponent;
export const device = (serial: string): string => `/api/devices/${at(serial)}`;
const provisioning = (id: string): string => `/api/provisionings/${at(id)}`;

/** Instead of a group: the devices that are in none. */
export const kStock = 'none';

export interface DeviceQuery {
  group?: string | null;
  batch?: string;
  q?: string;
  state?: string;
  cursor?: string | null;
  limit?: number;
}

export interface Assignment {
  name: string;
  groupId: string;
  model: string;
}

/** As many comings and goings as are asked for at once. */
export const kConnections = 200;

export const api = {
  config: () => request<Config>('/api/config'),
  signIn: async (email: string, password: string): Promise<User> =>
    (await request<{ user: User }>('/api/session', { method: 'POST', body: { email, password }, signingIn: true })).user,
  /** The signed-in user, or null. */
  session: async (): Promise<User | null> => {
    try {
      return (await request<{ user: User }>('/api/session', { signingIn: true })).user;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
  signOut: () => request<null>('/api/session', { method: 'DELETE', signingIn: true }),

  groupTree: () => request<GroupTree>('/api/groups'),
  groups: async (): Promise<Group[]> => (await api.groupTree()).items,
  models: async (recipeId: string): Promise<Model[]> =>
    (await request<Page<Model>>(`/api/models${query({ recipe: recipeId })}`)).items,

  devices: (filter: DeviceQuery) => request<Page<Device>>(`/api/devices${query({ ...filter })}`),
  device: (serial: string) => request<DeviceDetails>(device(serial)),
  telemetry: (serial: string, attributes: readonly string[], from: Date, to: Date, points: number) =>
    request<History>(
      `${device(serial)}/telemetry${query({ attributes: attributes.join(','), from: from.toISOString(), to: to.toISOString(), points })}`,
    ),
  connections: async (serial: string): Promise<ConnectionLine[]> =>
    (await request<Page<ConnectionLine>>(`${device(serial)}/connections${query({ limit: kConnections })}`)).items,
  fleet: (group: string | null, attribute: string | null, from: Date, to: Date, points: number) =>
    request<Fleet>(`/api/fleet${query({ group, attribute, from: from.toISOString(), to: to.toISOString(), points })}`),
  ledger: (serial: string, cursor?: string | null) =>
    request<Page<LedgerLine>>(`${device(serial)}/ledger${query({ cursor })}`),
  command: (serial: string, name: string, payload?: Value) =>
    request<null>(`${device(serial)}/commands`, {
      method: 'POST',
      body: payload === undefined ? { name } : { name, payload },
      idempotencyKey: newKey(),
    }),
  release: (serial: string, idempotencyKey: string) =>
    request<{ device?: Device; credentials?: Credentials }>(`${device(serial)}/release`, {
      method: 'POST',
      body: {},
      idempotencyKey,
    }),

  openProvisioning: (serial: string, idempotencyKey: string) =>
    request<Provisioning>('/api/provisionings', { method: 'POST', body: { serial }, idempotencyKey }),
  provisioning: (id: string) => request<Provisioning>(provisioning(id)),
  complete: async (id: string, assignment: Assignment, idempotencyKey: string): Promise<Device> =>
    (
      await request<{ device: Device }>(`${provisioning(id)}/completion`, {
        method: 'POST',
        body: assignment,
        idempotencyKey,
      })
    ).device,
  /** The same answer to the same question (`tries`) counts once, so it may be sent again. */
  answerBlinks: (id: string, count: number, tries: number) =>
    request<Provisioning>(`${provisioning(id)}/blinks`, { method: 'POST', body: { count, tries } }),
  identify: (id: string) => request<null>(`${provisioning(id)}/identify`, { method: 'POST', body: {} }),
  cancel: (id: string) => request<null>(provisioning(id), { method: 'DELETE' }),
  askOwner: (serial: string, note: string) =>
    request<unknown>(`${device(serial)}/consent-requests`, { method: 'POST', body: note === '' ? {} : { note } }),

  openConsentRequests: async (): Promise<ConsentRequest[]> =>
    (await request<Page<ConsentRequest>>('/api/consent-requests?state=open')).items,
  unreadNotices: async (): Promise<DeviceNotice[]> => (await request<Page<DeviceNotice>>('/api/notices?state=unread')).items,
};

export const streamPath = {
  device: (serial: string): string => `${device(serial)}/events`,
  provisioning: (id: string): string => `${provisioning(id)}/events`,
};
