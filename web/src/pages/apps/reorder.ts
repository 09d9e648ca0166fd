/** The ids with one of them at another place. */
export function movedTo(ids: readonly string[], id: string, place: number): string[] {
  const rest = ids.filter((one) => one !== id);
  if (rest.length === ids.length) return [...ids];
  rest.splice(Math.max(0, Math.min(place, rest.length)), 0, id);
  return rest;
}
