import { mayBeHdr } from '../../displays/display.ts';
import type { Displays } from '../../displays/displays.ts';
import { hasTenBits } from '../../gamestream/codec-modes.ts';
import { DiscoveryWorker } from '../../gamestream/discovery/discovery-worker.ts';
import type { LinkLimit } from '../../gamestream/link-limit.ts';
import { NvHttp } from '../../gamestream/nvhttp/nvhttp.ts';
import { RtspServer } from '../../gamestream/rtsp/rtsp-server.ts';
import { isLocalNetwork } from '../../network/address.ts';
import type { SessionDirectory } from '../../sessions/session-directory.ts';
import type { HostSpeedTests } from '../../speedtest/speed-tests.ts';
import type { Capabilities } from '../capabilities.ts';
import { isListed } from '../host-displays.ts';
import { discoveryFile } from '../program.ts';
import type { HostContext } from './context.ts';

/** Control v2, video and audio: every plane can be encrypted, on the LAN too (security.md). */
const ALL_PLANES = 0x7;
/** Wanted even if the client opted out. At home, video is left to a client whose hardware is too slow for it. */
const CONTROL_AND_AUDIO = 0x5;

export interface GameStreamNeeds {
  readonly sessions: SessionDirectory;
  readonly speedTests: HostSpeedTests;
  readonly capabilities: Capabilities;
  readonly displays: Displays;
  readonly linkTo: (address: string) => LinkLimit;
  /** addresses to listen on */
  readonly everywhere: readonly string[];
}

/** What clients ask before they stream. */
export async function openGameStream(
  { options, state, ports, parts, counters, logOf }: HostContext,
  { sessions, speedTests, capabilities, displays, linkTo, everywhere }: GameStreamNeeds,
): Promise<void> {
  const { identity, devices, desk, apps, problems } = state;
  const rtsp = parts.keep(
    new RtspServer({
      log: logOf('rtsp'),
      sessions,
      ports,
      allowPublic: () => options.allowPublic,
      link: ({ remoteAddress }) => linkTo(remoteAddress),
      packetSize: () => options.packetSize,
      offer: ({ remoteAddress }) => ({
        ...capabilities.inputAbilities(),
        encryptionSupported: ALL_PLANES,
        encryptionRequested: isLocalNetwork(remoteAddress) ? CONTROL_AND_AUDIO : ALL_PLANES,
      }),
    }),
  );
  counters.add('rtsp', () => rtsp.counters.snapshot());
  await rtsp.open(everywhere, ports.rtsp);

  const nvhttp = parts.keep(
    new NvHttp({
      log: logOf('nvhttp'),
      ports,
      identity,
      devices,
      desk,
      apps,
      // An app that could never start here is no use in anybody's list.
      isListed: (app, device) => isListed(app, device, displays),
      isHdr: ({ source }) => mayBeHdr(source) && hasTenBits(capabilities.codecModes()),
      sessions,
      speedTests,
      problems,
      hostName: () => options.name,
      codecModes: () => capabilities.codecModes(),
      addresses: options.bind,
      allowPublic: () => options.allowPublic,
    }),
  );
  counters.add('nvhttp', () => nvhttp.counters.snapshot());
  await nvhttp.open();
}

/**
 * Tells the network of this host: last of all, so that whoever finds it finds it ready.
 *
 * @returns to be called under another name: it says good-bye, and is found anew
 */
export function announce({ options, ports, parts, counters, logOf }: HostContext): () => void {
  const begin = (): DiscoveryWorker => {
    const worker = new DiscoveryWorker({
      file: discoveryFile(),
      log: logOf('discovery'),
      port: ports.http,
      hostName: options.name,
      addresses: options.bind,
    });
    worker.open();
    return worker;
  };
  let discovery = begin();
  parts.keep({ close: () => discovery.close() });
  counters.add('discovery', () => discovery.counters());
  return () => {
    const before = discovery;
    discovery = begin();
    void before.close();
  };
}
