// SPDX-License-Identifier: Apache-2.0
// A refusal as the gateway words it (RFC 9457), and the failures that never reached it.

export interface FieldError {
  field: string;
  code: string;
  message: string;
}

/** Codes that this side adds: no answer came at all, or none in time. */
export type LocalCode = 'offline' | 'timeout';

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: FieldError[] = [],
    readonly retryAfterS: number | null = null,
    /** The whole answer, for who knows more of its form. */
    readonly body: unknown = null,
  ) {
    super(message);
    this.name = 'Problem';
  }
}

interface ProblemBody {
  code?: unknown;
  title?: unknown;
  detail?: unknown;
  errors?: unknown;
}

const kSentences: Record<number, string> = {
  401: 'Please sign in again.',
  403: 'You may not do this.',
  404: 'Not found.',
  409: 'This has changed in the meantime.',
  413: 'That is too large.',
  422: 'Please check what you entered.',
  429: 'Too many tries. Please wait a moment.',
  502: 'The server is being restarted. Please try again in a moment.',
  503: 'The server is busy. Please try again in a moment.',
  504: 'The server took too long. Please try again.',
};

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The server's words begin small: they also stand behind a field's name. Here they are sentences of their own. */
function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { field, code, message } = entry as Record<string, unknown>;
    const name = text(field);
    return name === null ? [] : [{ field: name, code: text(code) ?? 'invalid', message: sentence(text(message) ?? 'Not valid.') }];
  });
}

/** The problem in an answer that is not 2xx; a body that is not problem+json gets a plain sentence. */
export function problemFrom(status: number, body: unknown, retryAfter: string | null): Problem {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as ProblemBody;
  const wait = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
  return new Problem(
    status,
    text(fields.code) ?? `http_${status}`,
    text(fields.detail) ?? kSentences[status] ?? text(fields.title) ?? 'Something went wrong on the server.',
    fieldErrors(fields.errors),
    wait,
    body,
  );
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, 'unexpected', 'Something went wrong on this page. Please reload it.');
}

/** The message of each field, first one first; fields the form does not know stay in `rest`. */
export function byField(errors: readonly FieldError[], known: readonly string[]): { fields: Record<string, string>; rest: string[] } {
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const error of errors) {
    if (!known.includes(error.field)) rest.push(error.message);
    else fields[error.field] ??= error.message;
  }
  return { fields, rest };
}
