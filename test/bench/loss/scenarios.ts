import type { LinkModel } from '../../e2e/support/link-model.ts';

export interface Scenario {
  readonly name: string;
  readonly link: LinkModel;
  /** what the client is set to, kbit/s */
  readonly bitrateKbps?: number;
  /** the device stands still for so many milliseconds, every so many */
  readonly stall?: { readonly milliseconds: number; readonly every: number };
}

/** A link that the client's bitrate is too much for, as a home router has it. */
const NARROW = { queue: 30, delay: 5 };

/** Seeds are fixed: the same packets are lost in every run. */
export const SCENARIOS: readonly Scenario[] = [
  { name: '1 % at random', link: { loss: 1, seed: 101 } },
  { name: '2 % at random', link: { loss: 2, seed: 102 } },
  { name: '5 % at random', link: { loss: 5, seed: 105 } },
  { name: '10 % at random', link: { loss: 10, seed: 110 } },
  { name: '2 % in bursts of 5', link: { loss: 2, burst: 5, seed: 120 } },
  { name: '10 % in bursts of 8', link: { loss: 10, burst: 8, seed: 180 } },
  { name: '300 ms of nothing every 10 s', link: { blackout: 300 } },
  { name: '1 % reordered', link: { reorder: 1, seed: 130 } },
  { name: '1 % twice', link: { duplicate: 1, seed: 140 } },
  {
    name: '30 Mbit/s on a 30 Mbit/s link',
    link: { ...NARROW, rate: 30_000 },
    bitrateKbps: 30_000,
  },
  {
    name: '30 Mbit/s on a 15 Mbit/s link',
    link: { ...NARROW, rate: 15_000 },
    bitrateKbps: 30_000,
  },
  ...[0.4, 1, 2, 3, 5].map((seconds) => ({
    name: `the device stands still for ${seconds} s every 20 s`,
    link: { delay: 2 },
    stall: { milliseconds: seconds * 1000, every: 20_000 },
  })),
];
