// SPDX-License-Identifier: Apache-2.0
// Where the browser is, and going elsewhere. Crossing into or out of the camera pages loads a new document, because
// the permission to use the camera is a header of the document.
import { crossesDocuments, routeOf, type Route } from './route';

class Navigation {
  path = $state(location.pathname);
  search = $state(location.search);
  /** The token of a one-time link, for the page behind it; taken out of the address before anything else happens. */
  fragment = $state<string | null>(null);
  /** Asked before this document shows another page; false keeps the page, which then says why. */
  mayLeave: ((to: string) => boolean) | null = null;
  /** Set when the user asked for a provisioning of this serial on this document, so that its page starts at once. */
  startSerial: string | null = null;

  get route(): Route {
    return routeOf(this.path, this.search);
  }

  /** Path and query, to come back to. */
  get here(): string {
    return this.path + this.search;
  }

  /** `stay`: another view of the same page, which is not scrolled to its top. */
  go(to: string, options: { replace?: boolean; stay?: boolean } = {}): void {
    const target = new URL(to, location.origin);
    if (target.origin !== location.origin) return;
    if (this.mayLeave !== null && !this.mayLeave(to)) return;
    if (crossesDocuments(location.pathname, target.pathname)) {
      if (options.replace === true) location.replace(target.href);
      else location.assign(target.href);
      return;
    }
    const address = target.pathname + target.search;
    if (options.replace === true) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.sync();
    if (options.replace !== true && options.stay !== true) window.scrollTo(0, 0);
  }

  /** Back and forward have happened already: who may not leave is put back. */
  moved(): void {
    const to = location.pathname + location.search;
    if (to === this.here || this.mayLeave === null || this.mayLeave(to)) return this.sync();
    history.pushState(null, '', this.here);
  }

  /** The token of a one-time link is in nobody's history, bookmark or screenshot of the address. */
  takeFragment(): void {
    if (location.pathname !== '/welcome' || location.hash.length < 2) return;
    this.fragment = location.hash.slice(1);
    // Beside the address, of this entry of this tab alone: a reload must not cost the link.
    history.replaceState({ linkToken: this.fragment }, '', location.pathname);
  }

  recallFragment(): void {
    const kept: unknown = (history.state as { linkToken?: unknown } | null)?.linkToken;
    if (location.pathname === '/welcome' && typeof kept === 'string') this.fragment ??= kept;
  }

  /** It was redeemed, or does not open any more. */
  forgetFragment(): void {
    this.fragment = null;
    if (location.pathname === '/welcome') history.replaceState(null, '', location.pathname);
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
  navigation.takeFragment();
  navigation.recallFragment();
  document.addEventListener('click', onClick);
  window.addEventListener('hashchange', () => navigation.takeFragment());
  window.addEventListener('popstate', () => {
    navigation.takeFragment();
    navigation.recallFragment();
    navigation.moved();
  });
}
