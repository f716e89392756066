// SPDX-License-Identifier: Apache-2.0
// Who may give which role, what a person needs, and what a role means in words. Pure; the server decides.
import type { AdminSection } from '../shell/route';
import type { Person } from '../api/administration';
import type { Role, Scope, User } from '../api/types';

export interface Choice<T> {
  key: T;
  title: string;
  words: string;
}

export const kRoles: readonly Choice<Role>[] = [
  { key: 'viewer', title: 'Viewer', words: 'Looks at devices of the groups below.' },
  { key: 'technician', title: 'Technician', words: 'Also registers devices on site and sends commands.' },
  { key: 'admin', title: 'Admin', words: 'Also looks after people, groups and devices there.' },
  { key: 'operator', title: 'Operator', words: 'Runs the whole installation: recipes, batches, every group.' },
];

/** The roles that a user may give to others: nobody gives more than they have. */
export function rolesFor(actor: User | null): readonly Choice<Role>[] {
  const own = kRoles.findIndex((role) => role.key === actor?.role);
  return kRoles.filter((role, index) => index <= own && (role.key !== 'operator' || actor?.role === 'operator'));
}

/** Somebody of a higher role, or oneself where it would lock the door from outside. */
export function mayEdit(actor: User | null, person: User): boolean {
  return rolesFor(actor).some((role) => role.key === person.role);
}

export function personFaults(person: Person): Record<string, string> {
  const faults: Record<string, string> = {};
  const name = [...person.name.trim()].length;
  if (!/^[^\s@]+@[^\s@]+$/.test(person.email.trim())) faults['email'] = 'Enter an e-mail address.';
  if (name === 0) faults['name'] = 'Enter a name.';
  else if (name > 255) faults['name'] = 'At most 255 characters.';
  if (person.role !== 'operator' && person.groupIds.length === 0) faults['groupIds'] = 'Choose at least one group.';
  return faults;
}

/** Only what differs: a person saved unchanged changes nothing. */
export function changesOf(before: User, after: Person): Partial<Person> {
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  const changes: Partial<Person> = {};
  if (after.name.trim() !== before.name) changes.name = after.name.trim();
  if (after.email.trim() !== before.email) changes.email = after.email.trim();
  if (after.role !== before.role) changes.role = after.role;
  if (!same([...after.groupIds].sort(), [...before.groupIds].sort())) changes.groupIds = after.groupIds;
  const sorted = (tags: Record<string, string>): unknown => Object.entries(tags).sort(([one], [other]) => one.localeCompare(other));
  if (!same(sorted(after.tags), sorted(before.tags ?? {}))) changes.tags = after.tags;
  return changes;
}

export const kScopes: readonly Choice<Scope>[] = [
  { key: 'read', title: 'Read', words: 'Every list, device, value and stream.' },
  { key: 'devices', title: 'Devices', words: 'Commands, edits, release, replacement, credentials.' },
  { key: 'provision', title: 'Provisioning', words: 'Open windows and hand devices over.' },
  { key: 'people', title: 'People', words: 'Groups and users. Letting people in takes all scopes.' },
  { key: 'tokens', title: 'Tokens', words: 'Make and end API tokens.' },
  { key: 'batches', title: 'Batches', words: 'Register many, registration tokens and keys.' },
  { key: 'recipes', title: 'Recipes', words: 'Recipes and models.' },
];

const kScopesOf: Record<Role, readonly Scope[]> = {
  viewer: ['read', 'tokens'],
  technician: ['read', 'devices', 'provision', 'tokens'],
  admin: ['read', 'devices', 'provision', 'people', 'tokens'],
  operator: ['read', 'devices', 'provision', 'people', 'tokens', 'batches', 'recipes'],
};

/** Scopes that mean something for a role; a token never does more than its user may. */
export function scopesFor(role: Role): readonly Choice<Scope>[] {
  return kScopes.filter((scope) => kScopesOf[role].includes(scope.key));
}

const kOperatorsOnly: readonly AdminSection[] = ['register', 'batches', 'recipes', 'registration'];
const kAdminsToo: readonly AdminSection[] = ['', 'groups', 'users', 'passes', 'integrations', 'ledger', 'requests'];

export function maySee(role: Role | undefined, section: AdminSection): boolean {
  if (section === 'tokens') return role !== undefined;
  if (kOperatorsOnly.includes(section)) return role === 'operator';
  return kAdminsToo.includes(section) && (role === 'admin' || role === 'operator');
}

export const kMinPassword = 10;
const kMaxPassword = 256;

/** Empty: fine. */
export function passwordFault(password: string): string {
  const length = [...password].length;
  if (length < kMinPassword) return `At least ${kMinPassword} characters${length === 0 ? '' : `; ${kMinPassword - length} more`}.`;
  return length > kMaxPassword ? `At most ${kMaxPassword} characters.` : '';
}
