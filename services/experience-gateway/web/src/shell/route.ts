// SPDX-License-Identifier: Apache-2.0
// Which page a path means. Pure: nothing here touches the browser.

export type Route =
  | { page: 'home' }
  | { page: 'login'; next: string }
  | { page: 'devices' }
  | { page: 'device'; serial: string }
  | { page: 'register' }
  | { page: 'provisioning'; serial: string; id: string | null }
  | { page: 'label'; serial: string }
  | { page: 'trust' }
  | { page: 'unknown' };

const kHomePath = '/devices';

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

export function routeOf(path: string, search: string): Route {
  const parameters = new URLSearchParams(search);
  const [first = '', second, ...rest] = path.replace(/^\/|\/$/g, '').split('/');
  if (rest.length > 0) return { page: 'unknown' };
  if (second === undefined) return topRoute(first, parameters);
  const serial = decoded(second);
  if (serial === null) return { page: 'unknown' };
  switch (first) {
    case 'devices':
      return { page: 'device', serial };
    case 'register':
      return { page: 'provisioning', serial, id: parameters.get('p') };
    case 'd':
    case 'D':
      return { page: 'label', serial };
    default:
      return { page: 'unknown' };
  }
}

function topRoute(name: string, parameters: URLSearchParams): Route {
  switch (name) {
    case '':
      return { page: 'home' };
    case 'login':
      return { page: 'login', next: returnPath(parameters.get('next')) };
    case 'devices':
      return { page: 'devices' };
    case 'register':
      return { page: 'register' };
    case 'trust':
      return { page: 'trust' };
    default:
      return { page: 'unknown' };
  }
}

/** Where to go after signing in: a path of this site and nothing else. */
export function returnPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next)) return kHomePath;
  return next.startsWith('/login') ? kHomePath : next;
}

export function needsSession(route: Route): boolean {
  return route.page !== 'login' && route.page !== 'trust' && route.page !== 'unknown';
}

/** Only documents under /register may use the camera: their headers differ, so crossing over loads a new document. */
export function crossesDocuments(fromPath: string, toPath: string): boolean {
  const allowsCamera = (path: string): boolean => /^\/register(?:\/|$)/.test(path);
  return allowsCamera(fromPath) !== allowsCamera(toPath);
}
