// SPDX-License-Identifier: Apache-2.0
// What people ask about themselves; loaded with the page that does.
import { at, request } from './client';
import type { User } from './types';

export interface AccountChanges {
  name?: string;
  password?: { current: string; new: string };
}

export const account = {
  change: async (changes: AccountChanges): Promise<User> =>
    (await request<{ user: User }>('/api/session', { method: 'PATCH', body: changes })).user,
  /** This session too. */
  signOutEverywhere: (id: string) => request<null>(`/api/users/${at(id)}/sign-out`, { method: 'POST', body: {} }),
};
