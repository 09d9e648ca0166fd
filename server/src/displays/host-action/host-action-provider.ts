import type {
  Display,
  DisplayEnvironment,
  DisplayKind,
  DisplayProbe,
  DisplayProvider,
  DisplayWish,
} from '../display.ts';
import { HostActionDisplay } from './host-action-display.ts';
import type { HostAction } from './host-action.ts';

/** One host action as something that clients can launch: a card that counts down. */
export class HostActionProvider implements DisplayProvider {
  readonly name: string;
  readonly title: string;
  readonly kinds: readonly DisplayKind[];
  readonly isNoScreen = true;
  readonly #action: HostAction;
  readonly #failed: (deviceName: string, sentence: string) => void;

  /** @param failed told of what went wrong after its device had left */
  constructor(action: HostAction, failed: (deviceName: string, sentence: string) => void) {
    this.name = action.kind;
    this.title = action.title;
    this.kinds = [action.kind];
    this.#action = action;
    this.#failed = failed;
  }

  async probe(): Promise<DisplayProbe> {
    return { works: await this.#action.available(), input: [] };
  }

  environment(): DisplayEnvironment {
    return {};
  }

  async open({ device, deviceName }: DisplayWish): Promise<Display> {
    const asker = { device, deviceName };
    const refusal = await this.#action.refusal(asker);
    if (refusal !== undefined) throw new Error(refusal);
    return new HostActionDisplay(this.#action, asker, (sentence) =>
      this.#failed(deviceName, sentence),
    );
  }
}
