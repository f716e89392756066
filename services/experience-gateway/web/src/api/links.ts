// SPDX-License-Identifier: Apache-2.0
// One-time links: what the page behind them asks for. The token travels in a body, never in an address.
import { request } from './client';
import type { LinkCheck, User } from './types';

export interface Redemption {
  token: string;
  password?: string;
  name?: string;
  email?: string;
}

export const links = {
  check: (token: string) => request<LinkCheck>('/api/one-time-links/check', { method: 'POST', body: { token }, signingIn: true }),
  redeem: async (redemption: Redemption): Promise<User> =>
    (await request<{ user: User }>('/api/one-time-links/redemption', { method: 'POST', body: redemption, signingIn: true })).user,
};
