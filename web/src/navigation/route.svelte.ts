export const PAGES = ['overview', 'devices', 'apps'] as const;
export type Page = (typeof PAGES)[number];

function fromLocation(): Page {
  const name = window.location.hash.replace(/^#\/?/, '');
  return (PAGES as readonly string[]).includes(name) ? (name as Page) : 'overview';
}

/** The page in the address bar (`#/devices`), so that the browser's back button works. */
class Route {
  page = $state<Page>(fromLocation());

  constructor() {
    window.addEventListener('hashchange', () => (this.page = fromLocation()));
  }
}

export const route = new Route();
