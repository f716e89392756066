// SPDX-License-Identifier: Apache-2.0
// Which page a path means. Pure: nothing here touches the browser.

/** The parts of the administration, as their addresses name them; '' is the overview. */
export const kAdminSections = ['', 'register', 'batches', 'recipes', 'groups', 'users', 'passes', 'tokens', 'registration', 'integrations', 'ledger', 'requests'] as const;
export type AdminSection = (typeof kAdminSections)[number];

export type Route =
  | { page: 'home' }
  /** `ended`: whoever comes was signed in until now. */
  | { page: 'login'; next: string; ended: boolean }
  | { page: 'devices' }
  | { page: 'device'; serial: string }
  | { page: 'register' }
  | { page: 'provisioning'; serial: string; id: string | null }
  | { page: 'label'; serial: string }
  | { page: 'trust' }
  | { page: 'account' }
  | { page: 'welcome' }
  | { page: 'admin'; section: AdminSection; id: string | null }
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
  if (first === 'admin') return adminRoute([second ?? '', ...rest]);
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

const kWithOne: readonly AdminSection[] = ['batches', 'recipes', 'users'];

function adminRoute([name = '', id, ...rest]: readonly string[]): Route {
  const section = kAdminSections.find((each) => each === name);
  if (section === undefined || rest.length > 0) return { page: 'unknown' };
  if (id === undefined) return { page: 'admin', section, id: null };
  return kWithOne.includes(section) && /^[0-9a-z]{1,64}$/.test(id) ? { page: 'admin', section, id } : { page: 'unknown' };
}

function topRoute(name: string, parameters: URLSearchParams): Route {
  switch (name) {
    case '':
      return { page: 'home' };
    case 'login':
      return { page: 'login', next: returnPath(parameters.get('next')), ended: parameters.get('ended') === '1' };
    case 'devices':
      return { page: 'devices' };
    case 'register':
      return { page: 'register' };
    case 'trust':
    case 'account':
    case 'welcome':
      return { page: name };
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
  return route.page !== 'login' && route.page !== 'trust' && route.page !== 'welcome' && route.page !== 'unknown';
}

/** Only documents under /register may use the camera: their headers differ, so crossing over loads a new document. */
export function crossesDocuments(fromPath: string, toPath: string): boolean {
  const allowsCamera = (path: string): boolean => /^\/register(?:\/|$)/.test(path);
  return allowsCamera(fromPath) !== allowsCamera(toPath);
}
