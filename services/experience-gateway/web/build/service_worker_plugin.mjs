// SPDX-License-Identifier: Apache-2.0
// Compiles service-worker/sw.ts to /sw.js, with the list of hashed files that it may keep.
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { transformWithEsbuild } from 'vite';

const kSource = new URL('../service-worker/sw.ts', import.meta.url);

/** What only administrators open is not kept on every technician's phone. */
const kOfAdministration = /\/src\/(?:administration|pages\/admin)\/|\/node_modules\/(?:svelte|zxing-wasm)\//;

/** Files of chunks that hold nothing else (but libraries that they alone need), with their styles and what they refer to. */
function administrationFiles(bundle) {
  const files = new Set();
  for (const chunk of Object.values(bundle)) {
    const modules = chunk.type === 'chunk' ? Object.keys(chunk.modules) : [];
    if (chunk.isEntry === true || modules.length === 0 || !modules.every((name) => kOfAdministration.test(name))) continue;
    files.add(chunk.fileName);
    for (const file of [...(chunk.viteMetadata?.importedCss ?? []), ...(chunk.viteMetadata?.importedAssets ?? [])]) files.add(file);
  }
  return files;
}

/** @returns {import('vite').Plugin} */
export function serviceWorker() {
  return {
    name: 'turnkey-service-worker',
    apply: 'build',
    async generateBundle(_options, bundle) {
      const later = administrationFiles(bundle);
      const files = Object.keys(bundle)
        .filter((name) => name.startsWith('assets/') && !later.has(name))
        .map((name) => `/${name}`)
        .sort();
      const version = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 12);
      const source = await readFile(kSource, 'utf8');
      const compiled = await transformWithEsbuild(source, 'sw.ts', {
        minify: true,
        sourcemap: false,
        define: { __FILES__: JSON.stringify(files), __VERSION__: JSON.stringify(version) },
      });
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: compiled.code });
    },
  };
}
