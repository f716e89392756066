// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import configuration from '../../../../../deploy/nginx/turnkey.conf.in?raw';
import { crossesDocuments, kAdminSections, needsSession, returnPath, routeOf } from './route';

describe('a path', () => {
  it.each([
    ['/', '', { page: 'home' }],
    ['/devices', '?group=g', { page: 'devices' }],
    ['/devices/', '', { page: 'devices' }],
    ['/devices/GEN-1', '', { page: 'device', serial: 'GEN-1' }],
    ['/register', '', { page: 'register' }],
    ['/register/GEN-1', '', { page: 'provisioning', serial: 'GEN-1', id: null }],
    ['/register/GEN-1', '?p=abc', { page: 'provisioning', serial: 'GEN-1', id: 'abc' }],
    ['/d/GEN-1', '', { page: 'label', serial: 'GEN-1' }],
    ['/D/GEN-1', '', { page: 'label', serial: 'GEN-1' }],
    ['/trust', '', { page: 'trust' }],
    ['/account', '', { page: 'account' }],
    ['/welcome', '', { page: 'welcome' }],
    ['/admin', '', { page: 'admin', section: '', id: null }],
    ['/admin/', '', { page: 'admin', section: '', id: null }],
    ['/admin/users', '?q=a', { page: 'admin', section: 'users', id: null }],
    ['/admin/recipes/new', '', { page: 'admin', section: 'recipes', id: 'new' }],
    ['/admin/batches/61c0ffee61c0ffee61c0ffee', '', { page: 'admin', section: 'batches', id: '61c0ffee61c0ffee61c0ffee' }],
    ['/admin/ledger/61c0ffee61c0ffee61c0ffee', '', { page: 'unknown' }],
    ['/admin/users/a%2Fb', '', { page: 'unknown' }],
    ['/admin/users/a/b', '', { page: 'unknown' }],
    ['/admin/secrets', '', { page: 'unknown' }],
    ['/nowhere', '', { page: 'unknown' }],
    ['/devices/a/b', '', { page: 'unknown' }],
    ['/d/%E0%A4%A', '', { page: 'unknown' }],
  ])('%s%s is the right page', (path, search, route) => {
    expect(routeOf(path, search)).toEqual(route);
  });
});

it.each([
  '/', '/login', '/trust', '/welcome', '/account', '/devices', '/devices/GEN-1', '/register', '/register/GEN-1', '/d/GEN-1', '/D/GEN-1',
  ...kAdminSections.map((section) => `/admin/${section}`), '/admin/users/61c0ffee', '/nowhere', '/devices/a/b', '/admin/users/a/b',
])('nginx knows whether %s is a page', (path) => {
  const pages = /location ~ (\^\/\(\?:\(\?:login.*\$) \{/.exec(configuration)?.[1] ?? '';
  expect(new RegExp(pages).test(path)).toBe(routeOf(path, '').page !== 'unknown');
});

describe('the way back after signing in', () => {
  it('knows who was signed in until now', () => {
    expect(routeOf('/login', '?next=%2Fd%2FGEN-1&ended=1')).toEqual({ page: 'login', next: '/d/GEN-1', ended: true });
    expect(routeOf('/login', '')).toMatchObject({ ended: false });
  });

  it.each(['/register', '/devices/GEN-1?range=1h', '/d/GEN-1'])('keeps %s', (next) => {
    expect(returnPath(next)).toBe(next);
  });

  it.each([
    null, '', 'https://evil.example', '//evil.example', '/\\evil.example', '\\\\evil', 'javascript:alert(1)', '/login?next=/x',
    '/a\nb', '/a\\b', '/ devices',
  ])('never leads to %j', (next) => {
    expect(returnPath(next)).toBe('/devices');
  });
});

it('entering and leaving the camera pages loads a document, moving among them does not', () => {
  expect(crossesDocuments('/devices', '/register')).toBe(true);
  expect(crossesDocuments('/register/GEN-1', '/devices/GEN-1')).toBe(true);
  expect(crossesDocuments('/register', '/register/GEN-1')).toBe(false);
  expect(crossesDocuments('/registers', '/devices')).toBe(false);
});

it('only the sign-in, one-time links, the trust page and unknown pages need no session', () => {
  expect(needsSession(routeOf('/welcome', ''))).toBe(false);
  expect(needsSession(routeOf('/admin', ''))).toBe(true);
  expect(needsSession(routeOf('/account', ''))).toBe(true);
  expect(needsSession(routeOf('/trust', ''))).toBe(false);
  expect(needsSession(routeOf('/login', ''))).toBe(false);
  expect(needsSession(routeOf('/d/GEN-1', ''))).toBe(true);
});
