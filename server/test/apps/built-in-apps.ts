/** What every new host has, in the order of its list. */
export const BUILT_IN = [
  { id: 'desktop', title: 'Desktop' },
  { id: 'second-screen', title: 'Second screen' },
  { id: 'test-pattern', title: 'Test pattern' },
  { id: 'input-only', title: 'Input only' },
  { id: 'game-mode', title: 'Game Mode' },
  { id: 'sleep', title: 'Sleep' },
  { id: 'switch-mode', title: 'Switch Game Mode and desktop' },
  { id: 'end-app', title: 'End the running app' },
] as const;
export const BUILT_IN_IDS = BUILT_IN.map(({ id }) => id);
export const BUILT_IN_TITLES = BUILT_IN.map(({ title }) => title);
