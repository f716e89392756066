// SPDX-License-Identifier: Apache-2.0
// Where the keyboard and the screen reader are when a page changes: at the heading of the new page. And when what had the
// focus goes away, at the heading too: else they would start over from the top of the document.

function focusHeading(): boolean {
  const heading = document.querySelector('main h1');
  if (!(heading instanceof HTMLElement)) return false;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  return true;
}

export interface FocusKeeper {
  /** The page has changed; its heading may still be on its way. */
  pageChanged: () => void;
  stop: () => void;
}

export function keepFocus(): FocusKeeper {
  let last: Element | null = null;
  let wanted = false;
  const onFocus = (event: FocusEvent): void => {
    last = event.target instanceof Element ? event.target : null;
    wanted = false;
  };
  const settle = (): void => {
    const lost = document.activeElement === document.body && last !== null && !last.isConnected;
    if ((wanted || lost) && focusHeading()) wanted = false;
  };
  const watcher = new MutationObserver(settle);
  watcher.observe(document.body, { childList: true, subtree: true });
  document.addEventListener('focusin', onFocus);
  return {
    pageChanged: () => {
      wanted = true;
      settle();
    },
    stop: () => {
      watcher.disconnect();
      document.removeEventListener('focusin', onFocus);
    },
  };
}
