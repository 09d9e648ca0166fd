import type { Logger } from 'pino';

import type { App } from '../apps/apps.ts';
import type { ExpectedGamepads, InputTarget } from '../gamestream/control/control-plane.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import type { VideoConfig } from '../gamestream/stream-config.ts';
import type { SourceArea } from '../native/media-addon.ts';
import type { PictureSource } from './picture-source.ts';
import { inputTarget } from './picture-source.ts';
import type { SessionParts } from './session-parts.ts';

type InputParts = Pick<SessionParts, 'control' | 'inputBackend'>;

/** A launch between its ANNOUNCE and its end. */
interface Launch {
  /** by which the control plane knows it */
  readonly number: number;
  readonly video: VideoConfig;
  readonly source: PictureSource;
  readonly backend: InputTarget['backend'];
}

const NOT_PERMITTED =
  'Keys, mouse and controllers of this device are left out; its options among the devices permit them.';
const NO_BACK_END =
  'Keys, mouse and controllers have no effect: this host has no way to pass them on, or it was told not to.';

/**
 * Where one session's input goes: to the part of the desktop that it shows, while its device may give input.
 * Its pads belong to the session, not to a connection.
 */
export class SessionInput {
  readonly #parts: InputParts;
  readonly #log: Logger;
  readonly #owner: number;
  readonly #isDesktop: boolean;
  #permitted: boolean;
  #launch: Launch | undefined;

  /** @param owner the session's id, which its pads are known by */
  constructor(parts: InputParts, owner: number, app: App, permitted: boolean, log: Logger) {
    this.#parts = parts;
    this.#owner = owner;
    this.#isDesktop = app.source === 'desktop';
    this.#permitted = permitted;
    this.#log = log;
  }

  /** What the owner of the host should know; absent while input works or nobody expects it to. */
  get notice(): string | undefined {
    if (!this.#isDesktop) return undefined;
    if (!this.#permitted) return NOT_PERMITTED;
    return this.#launch?.backend === 'none' ? NO_BACK_END : undefined;
  }

  gamepads(request: LaunchRequest): ExpectedGamepads {
    const wanted = this.#isDesktop && this.#permitted;
    return {
      owner: this.#owner,
      attached: wanted ? usableGamepads(this.#parts, request) : 0,
      keep: request.keepGamepads,
    };
  }

  /** A launch shows this. */
  begin(number: number, source: PictureSource, video: VideoConfig): InputTarget {
    const backend = this.#isDesktop ? this.#parts.inputBackend() : 'none';
    this.#launch = { number, source, video, backend };
    const { notice } = this;
    if (notice !== undefined) this.#log.warn(notice);
    return this.#target(this.#launch);
  }

  /** The source lies elsewhere on the desktop, or the desktop has another size. */
  moved(area: SourceArea): void {
    const { source } = this.#launch ?? {};
    if (!this.#launch || source === undefined || source === 'test-pattern') return;
    this.#launch = { ...this.#launch, source: { ...source, area } };
    this.#aim();
  }

  /** @returns whether that changed anything */
  permit(permitted: boolean): boolean {
    if (this.#permitted === permitted) return false;
    this.#permitted = permitted;
    this.#aim();
    return true;
  }

  /** The launch is over; pads that stay, stay. */
  end(): void {
    this.#launch = undefined;
  }

  /** The session is over. */
  close(): void {
    this.end();
    this.#parts.control.closeGamepads(this.#owner);
  }

  #aim(): void {
    if (this.#launch) this.#parts.control.aim(this.#launch.number, this.#target(this.#launch));
  }

  #target({ source, video, backend }: Launch): InputTarget {
    return inputTarget(source, video, this.#permitted ? backend : 'none');
  }
}

/**
 * Opens the pads of a launch before its app starts, for programs that look for them only then.
 *
 * @param owner the id of the session that will be
 */
export async function openGamepads(
  parts: InputParts & Pick<SessionParts, 'devices' | 'log'>,
  owner: number,
  request: LaunchRequest,
): Promise<void> {
  const { device } = request;
  const permitted = (parts.devices.find(device.fingerprint) ?? device).input;
  const attached = permitted ? usableGamepads(parts, request) : 0;
  if (attached === 0) return;
  try {
    await parts.control.openGamepads(owner, device.name, attached);
  } catch (error) {
    parts.log.warn({ err: error }, 'the pads could not be opened before the app starts');
  }
}

function usableGamepads({ inputBackend }: InputParts, { gamepads }: LaunchRequest): number {
  return gamepads !== 0 && inputBackend() !== 'none' ? gamepads : 0;
}
