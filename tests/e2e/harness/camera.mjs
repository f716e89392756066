// SPDX-License-Identifier: Apache-2.0
// Pictures for docs/pictures, or for the folder that the command line names.
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kMost = 200 * 1024;
const out = process.argv[2] ?? fileURLToPath(new URL('../../../docs/pictures', import.meta.url));

mkdirSync(out, { recursive: true });

export async function take(page, name, size) {
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => Promise.all([...document.images].filter((each) => each.loading !== 'lazy').map((each) => each.decode().catch(() => undefined))));
  const path = join(out, `${name}-${size}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  const bytes = statSync(path).size;
  if (bytes > kMost) throw new Error(`${path} has ${bytes} bytes, more than ${kMost}`);
  process.stdout.write(`${path} ${Math.round(bytes / 1024)} KiB\n`);
}
