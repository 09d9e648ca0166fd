/** What the user's own programs make files with; undefined while the host has set none of its own. */
let usersUmask: number | undefined;

/** From now on what this process makes is for its user alone, whatever its session's umask would let others read. */
export function keepFilesPrivate(): void {
  usersUmask ??= process.umask(0o077);
}

/**
 * Starts a program of the user's: a game must not keep its files from those that share it. What other threads of this process
 * make meanwhile lies in the data folder, which nobody else can enter.
 *
 * @param start starts it before it returns
 */
export function withUsersUmask<T>(start: () => T): T {
  if (usersUmask === undefined) return start();
  const own = process.umask(usersUmask);
  try {
    return start();
  } finally {
    process.umask(own);
  }
}
