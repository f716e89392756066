// SPDX-License-Identifier: Apache-2.0
// Who is signed in. The server decides what they may; this only decides what to show.
import { api, whenSessionEnds } from '../api/client';
import { asProblem, type Problem } from '../api/problem';
import type { User } from '../api/types';
import { navigation } from './navigation.svelte';

class Session {
  user = $state.raw<User | null>(null);
  /** False until the server has said who is signed in, if anybody. */
  known = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** The server ended it under its user's hands: the sign-in page says so. */
  cutOff = false;

  get mayProvision(): boolean {
    return this.user !== null && this.user.role !== 'viewer';
  }

  /** Admins of their groups, and operators of the installation. */
  get mayAdminister(): boolean {
    return this.user?.role === 'admin' || this.isOperator;
  }

  get isOperator(): boolean {
    return this.user?.role === 'operator';
  }

  async load(): Promise<void> {
    this.problem = null;
    try {
      this.user = await api.session();
      this.known = true;
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    this.begin(await api.signIn(email, password));
  }

  /** The server has set the cookie already. */
  begin(user: User): void {
    this.user = user;
    this.known = true;
    this.cutOff = false;
    this.problem = null;
  }

  async signOut(): Promise<void> {
    try {
      await api.signOut();
    } finally {
      this.end();
    }
  }

  end(): void {
    this.user = null;
    navigation.go('/login');
  }
}

export const session = new Session();

export function loginPath(here: string): string {
  return `/login?next=${encodeURIComponent(here)}${session.cutOff ? '&ended=1' : ''}`;
}

whenSessionEnds(() => {
  if (session.user === null) return;
  session.user = null;
  session.cutOff = true;
  navigation.go(loginPath(navigation.here), { replace: true });
});
