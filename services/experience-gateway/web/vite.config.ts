// SPDX-License-Identifier: Apache-2.0
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { serviceWorker } from './build/service_worker_plugin.mjs';

// The gateway while developing; nginx stands in front of both everywhere else.
const gateway = process.env['TURNKEY_GATEWAY'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte(), serviceWorker()],
  build: {
    target: ['es2022', 'safari15.4'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  css: { preprocessorOptions: { scss: { api: 'modern', quietDeps: true } } },
  // One rule of nginx is held against ours.
  server: { fs: { allow: ['.', '../../../deploy/nginx'] }, proxy: { '/api': gateway, '/branding': gateway, '/ca.crt': gateway } },
  test: { include: ['src/**/*.test.ts'], environment: 'node', css: true },
});
