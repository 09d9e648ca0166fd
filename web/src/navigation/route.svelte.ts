import { PAGE_NAMES } from './pages.ts';
import type { Page } from './pages.ts';

/** `#/devices/ab12` is the words `devices` and `ab12`. */
const fromLocation = (): readonly string[] =>
  window.location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((word) => word !== '')
    .map(decoded);

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** The page in the address bar, so that the browser's back button works. */
class Route {
  #words = $state.raw(fromLocation());

  constructor() {
    window.addEventListener('hashchange', () => (this.#words = fromLocation()));
  }

  /** undefined: there is no such page */
  get page(): Page | undefined {
    const [name] = this.#words;
    return name === undefined ? PAGE_NAMES[0] : PAGE_NAMES.find((page) => page === name);
  }

  /** what stands behind the page's name */
  get rest(): readonly string[] {
    return this.#words.slice(1);
  }

  get address(): string {
    return `#/${this.#words.join('/')}`;
  }
}

export const route = new Route();
