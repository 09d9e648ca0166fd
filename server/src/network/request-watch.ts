import type http from 'node:http';

/** milliseconds between looks while somebody is connected; Node's own default is half a minute */
const LOOK_MS = 500;
/** never, as far as timers reach */
const NEVER_MS = 0x7fffffff;

/** What Node looks by whether a request takes longer than it may. */
type Watched = http.Server & { connectionsCheckingInterval: number };

/**
 * Node looks at an interval whether a request takes too long, also when nobody is connected: at one that suits a LAN the
 * four servers of a host that waits would wake it eight times a second. With this they look only while they have
 * a connection. Call it before the server listens, or before the first connection that another one took for it.
 */
export function watchWhileConnected(server: http.Server): void {
  // What begins the looks anew, at the interval that the server has then.
  const begin = server
    .listeners('listening')
    .find(({ name }) => name === 'setupConnectionsTracking') as
    ((this: http.Server) => void) | undefined;
  const look = (every: number): void => {
    (server as Watched).connectionsCheckingInterval = every;
    begin?.call(server);
  };
  // Another Node may name it otherwise, and then looks as it always did.
  (server as Watched).connectionsCheckingInterval = begin ? NEVER_MS : LOOK_MS;
  let connections = 0;
  let isClosed = false;
  server.once('close', () => (isClosed = true));
  server.on('connection', (socket) => {
    connections += 1;
    if (connections === 1) look(LOOK_MS);
    socket.once('close', () => {
      connections -= 1;
      if (connections === 0 && !isClosed) look(NEVER_MS);
    });
  });
}
