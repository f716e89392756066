// SPDX-License-Identifier: Apache-2.0
// One ticking clock for every age on the page.

class Now {
  ms = $state(Date.now());

  start(): void {
    setInterval(() => {
      if (document.visibilityState === 'visible') this.ms = Date.now();
    }, 1_000);
  }
}

export const now = new Now();
