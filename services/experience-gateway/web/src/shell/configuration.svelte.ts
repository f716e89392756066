// SPDX-License-Identifier: Apache-2.0
// What this installation says of itself; sensible until it has answered.
import { api } from '../api/client';
import type { Config } from '../api/types';

class Configuration {
  value = $state.raw<Config>({ productName: 'Turnkey', checkedPrefixes: ['GEN'], labelHost: location.host });

  async load(): Promise<void> {
    try {
      const fetched = await api.config();
      this.value = { ...this.value, ...fetched };
      if (typeof fetched.accent === 'string' && /^#[0-9a-f]{6}$/i.test(fetched.accent)) tint(fetched.accent);
    } catch {
      // The defaults serve; the page that needs the server says that it is away.
    }
  }
}

/** Black or white, whichever reads better on the colour (relative luminance as WCAG has it). */
function inkOn(colour: string): string {
  const channel = (at: number): number => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? '#0f2027' : '#ffffff';
}

function tint(accent: string): void {
  const style = document.documentElement.style;
  style.setProperty('--accent', accent);
  style.setProperty('--on-accent', inkOn(accent));
}

export const configuration = new Configuration();
