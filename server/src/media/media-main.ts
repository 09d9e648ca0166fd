import { nativeAddon } from '../native/addon.ts';
import type { FromMedia, ToMedia } from './messages.ts';
import { ServedPicture } from './served-picture.ts';
import { ServedSpeedTest } from './served-speed-test.ts';

/** milliseconds that the native threads get to end when the parent is gone */
const END_TIME_LIMIT = 1_000;

/**
 * `earthshine media`: one picture, one speed test, or the test of the encoders, driven over the channel that the
 * control process spawned it with. Ends when told to, and by itself when the channel closes, so that nothing
 * outlives its host.
 *
 * @throws Error when started by hand
 */
export async function runMediaProcess(): Promise<void> {
  if (!process.send) {
    throw new Error('"earthshine media" is started by the host itself; run "earthshine serve".');
  }
  // Signals of a terminal or of the service's stop reach the whole group; the host decides the order.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

  const send = (message: FromMedia): void => {
    if (process.connected) process.send!(message, () => {});
  };
  const addon = nativeAddon();
  const picture = new ServedPicture(addon, send);
  const speedTest = new ServedSpeedTest(addon, send);
  const end = async (): Promise<void> => {
    setTimeout(() => process.exit(1), END_TIME_LIMIT).unref();
    await Promise.all([picture.close(), speedTest.close()]);
    process.exit(0);
  };
  process.once('disconnect', () => void end());
  process.on('message', (message: ToMedia) => {
    if (message.type === 'probe') {
      return send({ type: 'probed', encoders: addon.probeEncoders(message.gpu) });
    }
    if (message.type === 'verify') {
      return send({ type: 'verified', seen: addon.verifyEncoder(message.options) });
    }
    if (speedTest.handle(message)) return;
    void picture.handle(message).then(() => (message.type === 'close' ? end() : undefined));
  });
  send({ type: 'hello', build: addon.build });
}
