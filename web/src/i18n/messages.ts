/** A text with `{name}` where a value goes; with two forms where a `{count}` decides between them. */
export type Message = string | { readonly one: string; readonly other: string };

/** The names in braces of a text. */
type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** What a text needs to be said. */
export type ValuesOf<M> = M extends { readonly other: infer Text } ? NamesIn<Text> : NamesIn<M>;

/** The same texts in another language: every key of the first, and no other. */
export type Translation<Texts> = {
  readonly [Key in keyof Texts]: Texts[Key] extends string
    ? string
    : { readonly one: string; readonly other: string };
};

/**
 * Puts values into a text.
 *
 * @param language a BCP 47 tag: which form a count takes, and how numbers are written
 */
export function say(
  message: Message,
  values: Readonly<Record<string, string | number>>,
  language: string,
): string {
  const text =
    typeof message === 'string'
      ? message
      : new Intl.PluralRules(language).select(Number(values['count'])) === 'one'
        ? message.one
        : message.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? value.toLocaleString(language) : value;
  });
}
