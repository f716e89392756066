// SPDX-License-Identifier: Apache-2.0
// What this installation says of itself; sensible until it has answered.
import { api } from '../api/client';
import type { Config } from '../api/types';

class Configuration {
  value = $state.raw<Config>({ productName: 'Turnkey', branding: { logoUrl: null, barColour: null }, checkedPrefixes: ['GEN'], labelHost: location.host });
  /** Whether it has answered, or cannot: nobody should see another name and logo for a moment. */
  known = $state(false);

  async load(): Promise<void> {
    try {
      // A gateway from before an upgrade knows less.
      this.value = { ...this.value, ...(await api.config()) };
      const { barColour } = this.value.branding;
      if (barColour !== null) document.querySelector('meta[name="theme-color"]')?.setAttribute('content', barColour);
    } catch {
      // The defaults serve; the page that needs the server says that it is away.
    }
    this.known = true;
  }
}

export const configuration = new Configuration();
