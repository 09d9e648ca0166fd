import { describe, expect, it } from 'vitest';

import { TerminalLines } from '../../src/host/terminal-lines.ts';

const at = new Date(2026, 11, 1, 9, 5, 7).getTime();
const line = (level: number, msg: string, rest: object = {}): string =>
  JSON.stringify({ level, time: at, msg, ...rest });

describe('what a terminal shows', () => {
  it('of the start are warnings, of what follows events without what only a log needs', () => {
    const lines = new TerminalLines('info');
    expect(lines.read(line(30, 'encoder probed', { encoder: 'x264' }))).toBeUndefined();
    expect(lines.read(line(40, 'The port is taken.', { code: 'taken', port: 5353 }))).toBe(
      '09:05:07 warning The port is taken. port=5353',
    );
    lines.ready();
    const paired = { part: 'pairing', code: 'paired', address: '192.0.2.7', fingerprint: 'ab' };
    expect(lines.read(line(30, 'Phone is paired.', paired))).toBe(
      '09:05:07 Phone is paired. address=192.0.2.7',
    );
  });

  it('of a fault is its sentence, and where it happened only to whoever asks for details', () => {
    const fault = { err: { message: 'no space left', stack: 'Error: no space left\n  at f' } };
    const read = (level: 'info' | 'debug') => new TerminalLines(level).read(line(50, 'x', fault));
    expect(read('info')).toBe('09:05:07 error x\n  no space left');
    expect(read('debug')).toContain('at f');
  });

  it('is everything at the level debug, also while the host starts', () => {
    const shown = new TerminalLines('debug').read(line(20, 'probe', { part: 'media', list: [1] }));
    expect(shown).toBe('09:05:07 debug media: probe list=[1]');
  });
});
