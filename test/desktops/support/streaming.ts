import type { GameStreamClient } from '../../../server/src/client/game-stream-client.ts';
import { HostUnderTest } from '../../e2e/support/host-under-test.ts';
import { Viewing } from '../../e2e/support/viewing.ts';
import { sessionEnvironment, type Mode } from './compositors.ts';

/** A host in the session, which finds its desktop by itself, and a device that is paired with it. */
export class DesktopHost {
  readonly host: HostUnderTest;
  readonly client: GameStreamClient;

  private constructor(host: HostUnderTest, client: GameStreamClient) {
    this.host = host;
    this.client = client;
  }

  static async start(...args: readonly string[]): Promise<DesktopHost> {
    const host = await HostUnderTest.start({ environment: sessionEnvironment(), arguments: args });
    return new DesktopHost(host, await host.pairedClient());
  }

  /** Watches an app until `use` is done. */
  async watch<T>(app: string, mode: Mode, use: (viewing: Viewing) => Promise<T>): Promise<T> {
    const { id } = await this.client.app(app);
    const viewing = new Viewing(await this.client.stream(id, { fps: 60, ...mode }));
    try {
      await viewing.started();
      return await use(viewing);
    } finally {
      await viewing.close();
      await this.client.cancel();
    }
  }

  close(): Promise<void> {
    return this.host.close();
  }
}
