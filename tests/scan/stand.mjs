// SPDX-License-Identifier: Apache-2.0
// A page in real Chromium that has the app's built decoder worker, the app's scanning code and the frames.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const web = new URL('../../services/experience-gateway/web/', import.meta.url).pathname;
const { build } = createRequire(createRequire(join(web, 'package.json')).resolve('vite'))('esbuild');
const { chromium } = createRequire(new URL('../e2e/package.json', import.meta.url))('playwright-core');
const kTypes = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.png': 'image/png', '.html': 'text/html' };

function builtFile(assets, pattern) {
  const name = readdirSync(assets).find((each) => pattern.test(each));
  if (name === undefined) throw new Error(`no ${pattern} in ${assets}: build the web app first`);
  return name;
}

/** The code of page.ts as one file. Its worker stays a file of its own: /scan/decoder.worker.ts is the app's built one. */
async function script() {
  const built = await build({
    entryPoints: [new URL('page.ts', import.meta.url).pathname], bundle: true, write: false, format: 'esm', target: 'es2022', nodePaths: [join(web, 'node_modules')],
  });
  return built.outputFiles[0].contents;
}

export async function openStand({ dist, frames }) {
  const assets = join(dist, 'assets');
  const worker = builtFile(assets, /^decoder\.worker-.*\.js$/);
  const wasm = builtFile(assets, /^zxing_reader-.*\.wasm$/);
  const fixed = { '/': '<!doctype html><title>scan</title>', '/scan/page.js': await script(), '/scan/decoder.worker.ts': readFileSync(join(assets, worker)) };
  const server = createServer((request, answer) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const [, folder, name] = path.split('/');
    const file = { assets, frames }[folder];
    try {
      const body = fixed[path] ?? readFileSync(join(file, name));
      answer.writeHead(200, { 'Content-Type': kTypes[path === '/' ? '.html' : path.endsWith('.ts') ? '.js' : extname(path)] }).end(body);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: process.env['TURNKEY_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  await page.evaluate(async (url) => {
    window.scanning = await import('/scan/page.js');
    await window.scanning.prepare(url);
  }, `/assets/${wasm}`);
  return {
    see: (file, rules) => page.evaluate(([name, all]) => window.scanning.see(`/frames/${name}`, all), [file, rules]),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}
