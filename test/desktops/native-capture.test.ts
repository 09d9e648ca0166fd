import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

// The native tests of capturing, which run in `scripts/test native` with the machine's own PipeWire and sway: here with
// current ones, of which sway has ext-image-copy-capture. They start servers of their own.

it(
  'the native capture tests pass with a current PipeWire and sway',
  { timeout: 180_000 },
  async () => {
    const { stdout } = await promisify(execFile)('native/build/Release/native-tests', [
      '-sf=*/capture/wayland/*,*/capture/pipewire/*',
    ]);
    expect(stdout).toMatch(/test cases: +(2[0-9]|[3-9][0-9]) \| .* 0 failed/);
  },
);
