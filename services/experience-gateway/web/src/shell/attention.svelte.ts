// SPDX-License-Identifier: Apache-2.0
// What waits for an admin: people who ask for devices, and devices that were taken over. Asked for now and then while
// somebody looks; where it cannot be had, nothing is shown.
import { api } from '../api/client';
import { session } from './session.svelte';

const kEveryMs = 60_000;

class Attention {
  /** Open requests and unread notices; at most a page of each. */
  requests = $state(0);
  notices = $state(0);

  get all(): number {
    return this.requests + this.notices;
  }

  async load(): Promise<void> {
    if (!session.mayAdminister) {
      this.requests = 0;
      this.notices = 0;
      return;
    }
    const [requests, notices] = await Promise.allSettled([api.openConsentRequests(), api.unreadNotices()]);
    if (requests.status === 'fulfilled') this.requests = requests.value.length;
    if (notices.status === 'fulfilled') this.notices = notices.value.length;
  }

  /** Returns what ends it. */
  follow(): () => void {
    const look = (): void => {
      if (document.visibilityState === 'visible') void this.load();
    };
    look();
    const timer = setInterval(look, kEveryMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }
}

export const attention = new Attention();
