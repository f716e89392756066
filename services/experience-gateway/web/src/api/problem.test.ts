// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { byField, problemFrom } from './problem';

describe('a refusal', () => {
  it('keeps code, sentence, field errors and the time to wait', () => {
    const problem = problemFrom(422, {
      code: 'invalid', title: 'Unprocessable', detail: 'Two fields are wrong.',
      errors: [{ field: 'name', code: 'required', message: 'A name is needed.' }, { field: 'model', code: 'unknown', message: 'no such model.' }],
    }, '30');
    expect([problem.status, problem.code, problem.message, problem.retryAfterS]).toEqual([422, 'invalid', 'Two fields are wrong.', 30]);
    expect(byField(problem.fields, ['name']).fields).toEqual({ name: 'A name is needed.' });
    expect(byField(problem.fields, ['name']).rest).toEqual(['No such model.']);
  });

  it.each([null, 'text', { errors: 'none' }, { errors: [null, 3, {}] }])('survives the body %j', (body) => {
    const problem = problemFrom(503, body, 'Wed, 21 Oct 2026 07:28:00 GMT');
    expect(problem.message).toContain('busy');
    expect(problem.fields).toEqual([]);
    expect(problem.retryAfterS).toBeNull();
  });
});
