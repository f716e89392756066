// SPDX-License-Identifier: Apache-2.0
// Where the browser is, and going elsewhere. Crossing into or out of the camera pages loads a new document, because
// the permission to use the camera is a header of the document.
import { crossesDocuments, routeOf, type Route } from './route';

class Navigation {
  path = $state(location.pathname);
  search = $state(location.search);
  /** Set when the user asked for a provisioning of this serial on this document, so that its page starts at once. */
  startSerial: string | null = null;

  get route(): Route {
    return routeOf(this.path, this.search);
  }

  /** Path and query, to come back to. */
  get here(): string {
    return this.path + this.search;
  }

  go(to: string, options: { replace?: boolean } = {}): void {
    const target = new URL(to, location.origin);
    if (target.origin !== location.origin) return;
    if (crossesDocuments(location.pathname, target.pathname)) {
      if (options.replace === true) location.replace(target.href);
      else location.assign(target.href);
      return;
    }
    const address = target.pathname + target.search;
    if (options.replace === true) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.sync();
    if (options.replace !== true) window.scrollTo(0, 0);
  }

  sync(): void {
    this.path = location.pathname;
    this.search = location.search;
  }
}

export const navigation = new Navigation();

/** Plain left clicks on links of this site stay in this document where they may. */
function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
  if (link.dataset['reload'] !== undefined || crossesDocuments(location.pathname, link.pathname)) return;
  event.preventDefault();
  navigation.go(link.pathname + link.search);
}

export function startNavigation(): void {
  document.addEventListener('click', onClick);
  window.addEventListener('popstate', () => navigation.sync());
}
