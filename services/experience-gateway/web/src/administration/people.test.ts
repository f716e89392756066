// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Role, User } from '../api/types';
import { changesOf, mayEdit, maySee, passwordFault, personFaults, rolesFor, scopesFor } from './people';

const user = (role: Role): User => ({ id: 'u', email: 'a@b.example', name: 'Ann', role, tags: { phone: '1', desk: '2' }, groupIds: ['g', 'h'] });

describe('roles', () => {
  it.each([
    ['operator', ['viewer', 'technician', 'admin', 'operator']],
    ['admin', ['viewer', 'technician', 'admin']],
    ['technician', ['viewer', 'technician']],
  ] as const)('an %s gives no more than they have', (role, may) => {
    expect(rolesFor(user(role)).map((choice) => choice.key)).toEqual(may);
  });

  it('an admin does not touch an operator', () => {
    expect(mayEdit(user('admin'), user('operator'))).toBe(false);
    expect(mayEdit(user('operator'), user('operator'))).toBe(true);
    expect(mayEdit(null, user('viewer'))).toBe(false);
  });

  it('pages are for those who may use them', () => {
    expect(maySee('admin', 'users')).toBe(true);
    expect(maySee('admin', 'register')).toBe(false);
    expect(maySee('admin', 'integrations')).toBe(true);
    expect(maySee('technician', 'integrations')).toBe(false);
    expect(maySee('technician', '')).toBe(false);
    expect(maySee('viewer', 'tokens')).toBe(true);
    expect(maySee(undefined, 'tokens')).toBe(false);
    expect(maySee('operator', 'recipes')).toBe(true);
  });

  it('scopes are those that the role can use', () => {
    expect(scopesFor('viewer').map((scope) => scope.key)).toEqual(['read', 'tokens']);
    expect(scopesFor('operator')).toHaveLength(7);
  });
});

describe('a person', () => {
  it('needs an address, a name and, but for operators, a group', () => {
    expect(Object.keys(personFaults({ email: 'x', name: ' ', role: 'admin', groupIds: [], tags: {} }))).toEqual(['email', 'name', 'groupIds']);
    expect(personFaults({ email: 'x@y', name: 'X', role: 'operator', groupIds: [], tags: {} })).toEqual({});
  });

  it('is saved with what differs alone', () => {
    const same = { email: 'a@b.example', name: 'Ann ', role: 'admin', groupIds: ['h', 'g'], tags: { desk: '2', phone: '1' } } as const;
    expect(changesOf(user('admin'), { ...same, groupIds: [...same.groupIds] })).toEqual({});
    expect(changesOf(user('admin'), { ...same, role: 'viewer', groupIds: ['g'], tags: {} })).toEqual({ role: 'viewer', groupIds: ['g'], tags: {} });
  });
});

it.each([['', 'At least 10 characters.'], ['123456789', '1 more'], ['1234567890', ''], ['x'.repeat(257), 'At most 256']])('the password %j', (password, words) => {
  if (words === '') expect(passwordFault(password)).toBe('');
  else expect(passwordFault(password)).toContain(words);
});
