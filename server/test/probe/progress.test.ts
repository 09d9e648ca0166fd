import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/probe/progress.ts';

class Terminal {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 60;
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

describe('progress', () => {
  it('is a bar on a terminal, within its width, and leaves nothing behind', () => {
    const terminal = new Terminal(true);
    const progress = new Progress(terminal);
    progress.show(-1, 'begun');
    progress.show(0.5, 'x'.repeat(200));
    progress.show(7, 'done');
    const lines = terminal.text.split('\r\u001b[K').slice(1);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThan(60);
    expect(lines[0]).toContain('░'.repeat(24));
    expect(lines[1]).toContain('█'.repeat(12) + '░'.repeat(12));
    expect(lines[2]).toContain('█'.repeat(24));
    expect(terminal.text.startsWith('\u001b[?25l')).toBe(true);
    progress.close();
    progress.close();
    expect(terminal.text.endsWith('\r\u001b[K\u001b[?25h')).toBe(true);
    expect(terminal.text.split('\u001b[?25h')).toHaveLength(2);
  });

  it('is whole lines elsewhere', () => {
    const file = new Terminal(false);
    const progress = new Progress(file);
    progress.say('Pairing …');
    progress.show(0.5, 'half');
    progress.close();
    expect(file.text).toBe('Pairing …\n');
  });

  it('keeps a sentence apart from the bar', () => {
    const terminal = new Terminal(true);
    const progress = new Progress(terminal);
    progress.show(0.1, 'x');
    progress.say('A sentence.');
    expect(terminal.text.endsWith('\r\u001b[KA sentence.\n')).toBe(true);
  });
});
