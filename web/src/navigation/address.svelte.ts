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

/** What stands in the address bar, so that the browser's back button works. */
class Address {
  words = $state.raw(fromLocation());

  constructor() {
    window.addEventListener('hashchange', () => (this.words = fromLocation()));
  }

  /** what stands behind the page's name */
  get rest(): readonly string[] {
    return this.words.slice(1);
  }
}

export const address = new Address();
