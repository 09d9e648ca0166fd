/** Belongs to the host itself: its settings, its runtime's switches, its service manager's sockets. */
const OWN = [
  /^EARTHSHINE_/,
  /^NODE_/,
  /^npm_/,
  /^(LISTEN_|WATCHDOG_)/,
  /^(NOTIFY_SOCKET|INVOCATION_ID|JOURNAL_STREAM|MAINPID|MANAGERPID|MEMORY_PRESSURE_.*|SYSTEMD_EXEC_PID)$/,
];

/** What commands inherit: the desktop user's environment without what belongs to the host. */
export function inheritedEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || OWN.some((pattern) => pattern.test(name))) continue;
    environment[name] = value;
  }
  return environment;
}
