import { PAGE_NAMES } from './pages.ts';
import type { Page } from './pages.ts';

function fromLocation(): Page {
  const name = window.location.hash.replace(/^#\/?/, '');
  return PAGE_NAMES.find((page) => page === name) ?? PAGE_NAMES[0]!;
}

/** The page in the address bar (`#/devices`), so that the browser's back button works. */
class Route {
  page = $state<Page>(fromLocation());

  constructor() {
    window.addEventListener('hashchange', () => (this.page = fromLocation()));
  }
}

export const route = new Route();
