// SPDX-License-Identifier: Apache-2.0
// The web app's own code for streams and for the waiting page, to be run outside a browser: nothing of it is told again here.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const web = new URL('../../../services/experience-gateway/web/', import.meta.url).pathname;

async function bundled(entry) {
  const { build } = createRequire(createRequire(join(web, 'package.json')).resolve('vite'))('esbuild');
  const folder = mkdtempSync(join(tmpdir(), 'turnkey-app-'));
  try {
    const outfile = join(folder, 'app.mjs');
    await build({ stdin: { contents: entry, resolveDir: join(web, 'src') }, bundle: true, format: 'esm', platform: 'node', target: 'node18', outfile });
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const appCode = () => bundled("export { openStream } from './api/stream'; export { begin, reduce } from './provisioning/state';");
