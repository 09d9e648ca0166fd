import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { OtherMonitors } from '../../src/displays/other-monitors.ts';
import type { Undo, UndoOf, UndoRecords } from '../../src/store/undo-journal.ts';

/** Rows in memory, which outlive whoever wrote them. */
class Journal implements UndoRecords {
  rows: Undo[] = [];
  async record<U extends Undo>(row: U): Promise<U> {
    this.rows.push(row);
    return row;
  }
  async forget(row: Undo): Promise<void> {
    this.rows = this.rows.filter((one) => one !== row);
  }
  entries<Kind extends Undo['kind']>(kind: Kind): readonly UndoOf<Kind>[] {
    return this.rows.filter((row): row is UndoOf<Kind> => row.kind === kind);
  }
}

let folder: string;
let socket: string;
let journal: Journal;
/** what is on now, and what was asked for */
let lit: Set<string>;
let asked: string[];
let failure: string | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-monitors-'));
  socket = path.join(folder, 'wayland-0');
  await writeFile(socket, '');
  journal = new Journal();
  lit = new Set(['DP-1', 'HDMI-1']);
  asked = [];
  failure = undefined;
});
afterEach(() => rm(folder, { recursive: true }));

function monitors(): OtherMonitors {
  return new OtherMonitors({
    provider: 'test-monitors',
    at: () => ({
      lit: async () => [...lit],
      set: async (names, on) => {
        if (failure !== undefined) throw new Error(failure);
        asked.push(`${names.join()} ${on}, ${journal.rows.length} written down`);
        for (const name of names) {
          if (on) lit.add(name);
          else lit.delete(name);
        }
      },
    }),
    journal,
    log: pino({ level: 'silent' }),
  });
}

describe("the PC's own monitors", () => {
  it('are off while a second screen is there, written down before, and on before it goes', async () => {
    const others = monitors();
    lit.add('Virtual-1');
    await others.darken(socket, 'Virtual-1');
    expect([...lit]).toEqual(['Virtual-1']);
    expect(asked).toEqual(['DP-1,HDMI-1 false, 1 written down']);
    await others.lighten(socket, 'Virtual-1');
    expect([...lit].sort()).toEqual(['DP-1', 'HDMI-1', 'Virtual-1']);
    expect(journal.rows).toEqual([]);
  });

  it('stay off until the last of several screens goes, none of which is switched off', async () => {
    const others = monitors();
    lit.add('Virtual-1');
    await others.darken(socket, 'Virtual-1');
    lit.add('Virtual-2');
    await others.darken(socket, 'Virtual-2');
    expect([...lit]).toEqual(['Virtual-1', 'Virtual-2']);
    await others.lighten(socket, 'Virtual-1');
    expect(lit.has('DP-1')).toBe(false);
    await others.lighten(socket, 'Virtual-2');
    expect(lit.has('DP-1')).toBe(true);
  });

  it('that the owner had off stay off, and a screen that darkened nothing lights nothing', async () => {
    const others = monitors();
    lit = new Set(['DP-1', 'Virtual-1']);
    await others.lighten(socket, 'Virtual-9');
    expect(asked).toEqual([]);
    await others.darken(socket, 'Virtual-1');
    await others.lighten(socket, 'Virtual-1');
    expect([...lit].sort()).toEqual(['DP-1', 'Virtual-1']);
  });

  it('are lit by the next host when this one was killed, and stay written down until they are', async () => {
    lit.add('Virtual-1');
    await monitors().darken(socket, 'Virtual-1');
    failure = 'The desktop does not answer.';
    const next = monitors();
    await next.recover();
    expect(journal.rows).toHaveLength(1);
    failure = undefined;
    await next.recover();
    expect([...lit].sort()).toEqual(['DP-1', 'HDMI-1', 'Virtual-1']);
    expect(journal.rows).toEqual([]);
  });

  it('of a desktop that has ended are its own affair', async () => {
    await monitors().darken(socket, 'Virtual-1');
    await rm(socket);
    await monitors().recover();
    expect(journal.rows).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it('that cannot be switched leave the screen as it is', async () => {
    failure = 'kscreen-doctor is not there.';
    const others = monitors();
    await others.darken(socket, 'Virtual-1');
    await others.lighten(socket, 'Virtual-1');
    expect([...lit]).toEqual(['DP-1', 'HDMI-1']);
  });
});
