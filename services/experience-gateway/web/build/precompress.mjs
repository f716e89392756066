// SPDX-License-Identifier: Apache-2.0
// Writes FILE.gz beside every compressible file, for nginx's gzip_static.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const kCompressible = /\.(?:html|js|css|svg|wasm|json|txt)$/;
const root = process.argv[2] ?? 'dist';

async function* filesUnder(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

let files = 0;
let bytes = 0;
for await (const path of filesUnder(root)) {
  if (!kCompressible.test(path)) continue;
  const packed = gzipSync(await readFile(path), { level: 9 });
  await writeFile(`${path}.gz`, packed);
  files += 1;
  bytes += packed.length;
}
console.log(`precompressed ${files} files, ${Math.ceil(bytes / 1024)} KiB`);
