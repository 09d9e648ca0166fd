/** A DNS label holds 63 bytes. */
const MAX_LABEL = 63;
const PRODUCT = 'earthshine';

/**
 * The service's instance name: blanks become `-`, and the rest counts up to the first character that is no
 * ASCII letter, digit or `-`, as other hosts do it (protocol 1 §1.2). Nothing keys by it.
 *
 * @param attempt 1 for the first choice; more after collisions
 */
export function instanceName(hostName: string, attempt: number): string {
  return withSuffix(plainLabel(hostName) || 'Earthshine', attempt);
}

/**
 * A host name of our own, `<machine>-earthshine`, so that a responder that publishes `<machine>` (avahi) sees
 * no conflicting records. Without `.local`.
 */
export function hostLabel(machine: string, attempt: number): string {
  const plain = plainLabel(machine.split('.')[0] ?? '').toLowerCase();
  const stem = plain.slice(0, MAX_LABEL - PRODUCT.length - 1).replace(/-+$/, '');
  return withSuffix(stem === '' ? PRODUCT : `${stem}-${PRODUCT}`, attempt);
}

function plainLabel(text: string): string {
  const [plain = ''] = /^[A-Za-z0-9-]*/.exec(text.trim().replaceAll(' ', '-')) ?? [];
  return plain.replace(/^-+/, '').slice(0, MAX_LABEL).replace(/-+$/, '');
}

function withSuffix(label: string, attempt: number): string {
  const suffix = attempt > 1 ? `-${attempt}` : '';
  return label.slice(0, MAX_LABEL - suffix.length) + suffix;
}
