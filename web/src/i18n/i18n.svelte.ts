import { english } from './english/english.ts';
import type { English, Texts } from './english/english.ts';
import { say } from './messages.ts';
import type { Message, ValuesOf } from './messages.ts';

export type TextKey = keyof English;
/** A text that needs no values. */
export type PlainKey = {
  [Key in TextKey]: [ValuesOf<English[Key]>] extends [never] ? Key : never;
}[TextKey];

/** Every language with its own name. One that is not the first is loaded when somebody wants it. */
export const LANGUAGES = {
  en: { name: 'English', load: async (): Promise<Texts> => english },
  de: {
    name: 'Deutsch',
    load: async (): Promise<Texts> => (await import('./german/german.ts')).german,
  },
} as const;

export type Language = keyof typeof LANGUAGES;

const KEPT_AS = 'earthshine.language';
const isLanguage = (word: string | null): word is Language => word !== null && word in LANGUAGES;

/** The language of the pages: the browser's, or the one that was chosen in it. */
class I18n {
  /** what is shown now */
  language = $state<Language>('en');
  /** undefined: as the browser has it */
  chosen = $state<Language | undefined>();
  texts = $state.raw<Texts>(english);

  /** The first of the browser's languages that there is, else English. */
  get ofBrowser(): Language {
    const words = navigator.languages.map((tag) => tag.split('-')[0]!);
    return words.find(isLanguage) ?? 'en';
  }

  /** To be awaited before the first page is shown. */
  async begin(): Promise<void> {
    const kept = localStorage.getItem(KEPT_AS);
    this.chosen = isLanguage(kept) ? kept : undefined;
    await this.#show(this.chosen ?? this.ofBrowser);
  }

  /** @param language undefined: back to the browser's */
  async choose(language: Language | undefined): Promise<void> {
    if (language === undefined) localStorage.removeItem(KEPT_AS);
    else localStorage.setItem(KEPT_AS, language);
    this.chosen = language;
    await this.#show(language ?? this.ofBrowser);
  }

  async #show(language: Language): Promise<void> {
    // English is at hand: without the other file a page is better than none.
    const texts = await LANGUAGES[language].load().catch(() => undefined);
    this.texts = texts ?? english;
    this.language = texts ? language : 'en';
    document.documentElement.lang = this.language;
  }
}

export const i18n = new I18n();

type Values<Key extends TextKey> = Readonly<Record<ValuesOf<English[Key]>, string | number>>;

/** The text of a key in the language that is shown; read again when that changes. */
export function t<Key extends TextKey>(
  key: Key,
  ...[values]: [ValuesOf<English[Key]>] extends [never] ? [] : [Values<Key>]
): string {
  return say(i18n.texts[key] as Message, values ?? {}, i18n.language);
}

/** The text of a key that is only known while running; undefined when there is none. */
export function textOf(
  key: string,
  values: Readonly<Record<string, string | number>> = {},
): string | undefined {
  const message = (i18n.texts as Readonly<Record<string, Message>>)[key];
  return message === undefined ? undefined : say(message, values, i18n.language);
}
