import pino from 'pino';
import { expect, it, vi } from 'vitest';

import { resolveOptions } from '../../src/config/options.ts';
import { Capabilities } from '../../src/host/capabilities.ts';
import { nativeAddon } from '../../src/native/addon.ts';

const { options } = resolveOptions({ display: ':987654' }, { HOME: '/nowhere' }, {});
const capabilities = (): Capabilities =>
  new Capabilities(nativeAddon(), options, pino({ level: 'silent' }));

it('a display that is not there is named once, with what to look at', () => {
  const sentence =
    'The X display ":987654" cannot be opened. Is it running, and may this user connect (xauth)?';
  expect(() => capabilities().desktop()).toThrow(new Error(sentence));
  expect(capabilities().parts().sources).toContainEqual({
    name: 'X11 desktop',
    works: false,
    detail: sentence,
  });
});

it('whether there is sound is found out before anybody asks', async () => {
  // The first answer counts: a shell asks once.
  const probe = vi.spyOn(nativeAddon(), 'probeSound');
  const fresh = capabilities();
  expect(probe).toHaveBeenCalledOnce();
  const found = await probe.mock.results[0]!.value.then(
    () => true,
    () => false,
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(fresh.parts().sound.works).toBe(found);
  expect(fresh.parts().sound.detail).not.toBe('not looked at yet');
});
