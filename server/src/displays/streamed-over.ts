/** What a desktop is spoken to over, such as its session bus. */
interface DesktopConnection {
  on(event: 'closed', listener: (reason: string) => void): unknown;
  close(): void;
}

/**
 * Begins a stream that lives as long as a connection of its own. Its first end, by the desktop's word or the
 * connection's, is told and closes the connection; a beginning that fails closes it too, and is told by its error alone.
 *
 * @param begin gets what the desktop's own word of the end is to be told by
 */
export async function streamedOver<T>(
  connection: DesktopConnection,
  lost: (reason: string) => void,
  begin: (ended: (reason: string) => void) => Promise<T>,
): Promise<T> {
  let over = false;
  const ended = (reason: string): void => {
    if (over) return;
    over = true;
    connection.close();
    lost(reason);
  };
  connection.on('closed', ended);
  try {
    return await begin(ended);
  } catch (error) {
    over = true;
    connection.close();
    throw error;
  }
}
