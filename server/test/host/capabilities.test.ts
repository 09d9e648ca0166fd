import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';

import { resolveOptions } from '../../src/config/options.ts';
import { Capabilities } from '../../src/host/capabilities.ts';
import { nativeAddon } from '../../src/native/addon.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('asks the desktop every 10 s at most for a page that is open, and anew for each launch', () => {
  const addon = nativeAddon();
  const screens = vi.spyOn(addon, 'listX11Screens').mockImplementation(() => {
    throw new Error('nothing answers');
  });
  const { options } = resolveOptions({
    commandLine: { display: ':4711' },
    environment: { HOME: '/' },
  });
  vi.useFakeTimers({ now: 0 });
  const capabilities = new Capabilities(addon, options, pino({ level: 'silent' }));
  for (let second = 0; second < 20; second++) {
    expect(capabilities.parts().sources[0]).toMatchObject({
      works: false,
      detail: 'nothing answers',
    });
    vi.advanceTimersByTime(1000);
  }
  expect(screens).toHaveBeenCalledTimes(2);
  for (let launch = 0; launch < 3; launch++)
    expect(() => capabilities.desktop()).toThrow('nothing answers');
  expect(screens).toHaveBeenCalledTimes(5);
});

it('keeps to the input back end that it found while that cannot be looked at', () => {
  const addon = nativeAddon();
  const probe = vi.spyOn(addon, 'probeInput').mockReturnValue([]);
  const { options } = resolveOptions({
    commandLine: { display: ':4711' },
    environment: { HOME: '/' },
  });
  const capabilities = new Capabilities(addon, options, pino({ level: 'silent' }));
  expect(capabilities.inputBackend()).toBe('none');
  probe.mockReturnValue([{ backend: 'xtest', usable: true }]);
  expect(capabilities.inputBackend()).toBe('xtest');
  // Its X server is away.
  probe.mockReturnValue([{ backend: 'xtest', usable: false, reason: 'cannot be opened' }]);
  expect(capabilities.inputBackend()).toBe('xtest');
});
