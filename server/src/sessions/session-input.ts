import type { Logger } from 'pino';

import type { Permissions } from '../devices/permissions.ts';
import { isHostAction, type Display, type OwnInput } from '../displays/display.ts';
import type {
  ControlPlane,
  ExpectedGamepads,
  InputTarget,
} from '../gamestream/control/control-plane.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import type { VideoConfig } from '../gamestream/stream-config.ts';
import type { InputRoute } from '../input/input-target.ts';
import type { SourceArea } from '../native/media-addon.ts';
import type { AppRun } from './app-run.ts';
import type { SessionParts } from './session-parts.ts';

type Pads = Pick<ControlPlane, 'aim' | 'openGamepads' | 'closeGamepads'>;

/** A launch between its ANNOUNCE and its end. */
interface Launch {
  /** by which the control plane knows it */
  readonly number: number;
  readonly video: VideoConfig;
  /** where the source lies now, as the media process found it */
  readonly area?: SourceArea;
}

const NOT_PERMITTED =
  'Keyboard, mouse and controllers of this device do nothing; its options among the devices permit them.';
const NO_BACK_END =
  'Keys, mouse and controllers have no effect: this host has no way to pass them on, or it was told not to.';

/** What of a device's input counts. */
type InputPermissions = Pick<Permissions, 'input' | 'controllers'>;

const pick = ({ input, controllers }: InputPermissions): InputPermissions => ({
  input,
  controllers,
});

/** Nothing when all of it is permitted, or none of it: then there is no back end. */
function refusedOf({ input, controllers }: InputPermissions): Pick<InputTarget, 'refused'> {
  if (input === controllers) return {};
  return { refused: input ? { controllers: true } : { pointerKeyboard: true } };
}

/**
 * Where one session's input goes: to the part of the desktop that it shows, while its device may give input.
 * Its pads belong to the session, not to a connection.
 */
export class SessionInput {
  readonly #control: Pads;
  readonly #log: Logger;
  readonly #owner: number;
  readonly #run: Pick<AppRun, 'app' | 'display'>;
  #permitted: InputPermissions;
  #launch: Launch | undefined;

  /** @param owner the session's id, which its pads are known by */
  constructor(
    control: Pads,
    owner: number,
    run: Pick<AppRun, 'app' | 'display'>,
    permitted: InputPermissions,
    log: Logger,
  ) {
    this.#control = control;
    this.#owner = owner;
    this.#run = run;
    this.#permitted = pick(permitted);
    this.#log = log;
  }

  /** What the owner of the host should know; absent while input works or nobody expects it to. */
  get notice(): string | undefined {
    if (!this.#isDesktop) return undefined;
    if (!this.#anything) return NOT_PERMITTED;
    return this.#launch && this.#run.display.input.kind === 'none' ? NO_BACK_END : undefined;
  }

  gamepads({ gamepads, keepGamepads }: LaunchRequest): ExpectedGamepads {
    const wanted = this.#permitted.controllers && this.#run.display.input.kind !== 'none';
    return { owner: this.#owner, attached: wanted ? gamepads : 0, keep: keepGamepads };
  }

  /** A launch shows the run's display. */
  begin(number: number, video: VideoConfig): InputTarget {
    this.#launch = { number, video };
    const { notice } = this;
    if (notice !== undefined) this.#log.warn(notice);
    return this.#target(this.#launch);
  }

  /** The source lies elsewhere on the desktop, or the desktop has another size. */
  moved(area: SourceArea): void {
    if (!this.#launch) return;
    this.#launch = { ...this.#launch, area };
    this.#aim();
  }

  /** @returns whether that changed anything */
  permit(permitted: InputPermissions): boolean {
    const { input, controllers } = this.#permitted;
    if (input === permitted.input && controllers === permitted.controllers) return false;
    this.#permitted = pick(permitted);
    this.#aim();
    return true;
  }

  /** Its display lies elsewhere, or takes input in another way. */
  displayChanged(): void {
    if (!this.#launch) return;
    const { number, video } = this.#launch;
    this.#launch = { number, video };
    this.#aim();
  }

  /** The launch is over; pads that stay, stay. */
  end(): void {
    this.#launch = undefined;
  }

  /** The session is over. */
  close(): void {
    this.end();
    this.#control.closeGamepads(this.#owner);
  }

  get #anything(): boolean {
    return this.#permitted.input || this.#permitted.controllers;
  }

  /** Nobody expects the test pattern to take input, nor a card that counts down. */
  get #isDesktop(): boolean {
    const { source } = this.#run.app;
    return source !== 'test-pattern' && !isHostAction(source);
  }

  #aim(): void {
    if (this.#launch) this.#control.aim(this.#launch.number, this.#target(this.#launch));
  }

  #target({ video, area }: Launch): InputTarget {
    const size = { width: video.width, height: video.height };
    const { input, pressed } = this.#run.display;
    if (input.kind === 'none') {
      return { backend: 'none', ...(pressed && { tellsPresses: true }), ...size };
    }
    return {
      backend: this.#anything ? input.kind : 'none',
      ...refusedOf(this.#permitted),
      ...(input.kind === 'uinput'
        ? input.text && { text: { backend: input.text.kind, ...routeOf(input.text) } }
        : routeOf(input)),
      ...size,
      source: ('placed' in input ? undefined : area) ?? input.area,
    };
  }
}

function routeOf(input: OwnInput): InputRoute {
  switch (input.kind) {
    case 'xtest':
      return { x11Display: input.x11Display };
    case 'ei':
      return { ei: input.route };
    case 'wlroots':
      return { wlroots: { display: input.display, output: input.output } };
  }
}

/**
 * Opens the pads of a launch before its app starts, for programs that look for them only then.
 *
 * @param owner the id of the session that will be
 */
export async function openGamepads(
  { control, devices, log }: Pick<SessionParts, 'control' | 'devices' | 'log'>,
  owner: number,
  { device, gamepads }: LaunchRequest,
  display: Pick<Display, 'input'>,
): Promise<void> {
  const permitted = (devices.find(device.fingerprint) ?? device).controllers;
  if (gamepads === 0 || !permitted || display.input.kind === 'none') return;
  try {
    await control.openGamepads(owner, device.name, gamepads);
  } catch (error) {
    log.warn({ err: error }, 'the pads could not be opened before the app starts');
  }
}
