/**
 * What another process answers, while it does so in time. The work itself goes on.
 *
 * @param limit milliseconds
 * @param sentence of the error when they are over
 */
export function within<T>(limit: number, work: Promise<T>, sentence: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(sentence)), limit);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
