import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, it } from 'vitest';

import type { Path } from './network-path.ts';
import { simulate } from './simulation.ts';
import type { Run } from './simulation.ts';

type Link = Pick<Run, 'path' | 'configuredKbps'>;

function lossy(loss: number, burst = 1): Link {
  return { path: { ...full(1_000).path, loss, burst }, configuredKbps: 10_000 };
}

/** @param link Mbit/s, as is `set` */
function full(link: number, set = link): Link {
  const way: Path = { linkKbps: link * 1_000, queue: 30, roundTrip: 20 };
  return { path: way, configuredKbps: set * 1_000 };
}

const LINKS: Readonly<Record<string, Link>> = {
  '1 % at random': lossy(0.01),
  '2 % at random': lossy(0.02),
  '5 % at random': lossy(0.05),
  '10 % at random': lossy(0.1),
  '2 % in runs of 5': lossy(0.02, 5),
  '10 % in runs of 8': lossy(0.1, 8),
  '5 Mbit/s set, link of 5': full(5),
  '20 Mbit/s set, link of 5': full(5, 20),
  '10 Mbit/s set, link of 10': full(10),
  '30 Mbit/s set, link of 30': full(30),
  '50 Mbit/s set, link of 30': full(30, 50),
  '100 Mbit/s set, link of 100': full(100),
  '100 Mbit/s set, link of 5': full(5, 100),
};

function row(name: string, link: Link): string {
  const run = (invalidation: boolean, adaptive: boolean) =>
    simulate({ ...link, seconds: 60, invalidation, adaptive });
  const shown = (invalidation: boolean): string =>
    [false, true]
      .map((adaptive) => `${(run(invalidation, adaptive).shown(5) * 100).toFixed(1)} %`)
      .join(' → ');
  const { target, seconds } = run(true, true);
  const { least, most } = target(20);
  const bitrate = [least, most].map((kbps) => (kbps / 1_000).toFixed(1)).join('–');
  const parity = `${seconds.at(-1)!.fecPercentage} %`;
  return `| ${[name, shown(true), bitrate, parity, shown(false)].join(' | ')} |`;
}

// Where it fails after a change of the adaptation, the lines that it received belong into the page.
it('the table of simulated links in docs/5-develop/adaptation.md is what the code does', async () => {
  const page = path.join(import.meta.dirname, '../../../../docs/5-develop/adaptation.md');
  const text = await readFile(page, 'utf8');
  const documented = text.split('\n').filter((line) => /^\|.* → /.test(line));
  expect(Object.entries(LINKS).map(([name, link]) => row(name, link))).toEqual(documented);
});
