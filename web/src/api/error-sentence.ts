import { t, textOf } from '../i18n/i18n.svelte.ts';
import { ApiError } from './client.ts';

/** An error in the language of the page, as a sentence for the person. */
export function errorSentence(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const { code, reason, parameters, field } = error;
  if (code === 'invalid-request') {
    const problem = problemSentence(error);
    if (problem === undefined) return error.message;
    return field === undefined
      ? t('error.invalid-request', { problem })
      : t('error.invalid-request.field', { field: fieldName(field), problem });
  }
  if (reason === 'stale') {
    const changed = String(parameters['changed'] ?? '').split(' ');
    return t('error.conflict.stale', { changed: changed.map(fieldName).join(', ') });
  }
  return (
    (reason === undefined ? undefined : textOf(`error.${code}.${reason}`, parameters)) ??
    // A host that is newer than this page says more than the page knows.
    (reason !== undefined && code === 'conflict' ? error.message : undefined) ??
    textOf(`error.${code}`, parameters) ??
    error.message
  );
}

/** What is wrong with one field, without its name; undefined when the page has no words for it. */
export function problemSentence({ reason, parameters }: ApiError): string | undefined {
  return reason === undefined ? undefined : textOf(`problem.${reason}`, parameters);
}

/** Settings and permissions have their names on their own pages already. */
function nameOf(words: readonly string[]): string | undefined {
  const path = words.join('.');
  const [first, second] = words;
  return (
    textOf(`field.${path}`) ??
    (first === 'settings' && words.length === 2 ? textOf(`setting.${second}.title`) : undefined) ??
    (words.length === 1 ? textOf(`permission.${first}.label`) : undefined)
  );
}

/** `app.environment.HOME` as the page calls it: by the longest beginning that has a name. */
function fieldName(field: string): string {
  const words = field.split('.');
  for (let length = words.length; length > 0; length--) {
    const name = nameOf(words.slice(0, length));
    const rest = words.slice(length).filter((word) => !/^\d+$/.test(word));
    if (name !== undefined) return rest.length > 0 ? `${name} (${rest.join(' ')})` : name;
  }
  return field;
}
