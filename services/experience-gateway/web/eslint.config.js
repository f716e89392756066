// SPDX-License-Identifier: Apache-2.0
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'build/', '*.config.*'] },
  ...tseslint.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteConfig } },
    rules: { 'svelte/no-navigation-without-resolve': 'off', 'svelte/prefer-svelte-reactivity': 'off' },
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', 400],
      // EventSource and fetch each have one home: src/api.
      'no-restricted-globals': ['error', 'fetch', 'EventSource'],
    },
  },
  { files: ['src/api/*.ts', 'service-worker/*.ts'], rules: { 'no-restricted-globals': 'off' } },
);
