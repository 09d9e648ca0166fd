import { address } from './address.svelte.ts';
import { PAGE_NAMES } from './pages.ts';
import type { Page } from './pages.ts';

/** The page in the address bar. */
class Route {
  /** undefined: there is no such page */
  get page(): Page | undefined {
    const [name] = address.words;
    return name === undefined ? PAGE_NAMES[0] : PAGE_NAMES.find((page) => page === name);
  }

  get address(): string {
    return `#/${address.words.join('/')}`;
  }
}

export const route = new Route();
