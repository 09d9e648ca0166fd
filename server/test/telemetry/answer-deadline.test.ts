import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';

import { afterEach, describe, expect, it } from 'vitest';

import { AnswerDeadline } from '../../src/telemetry/answer-deadline.ts';

let missed = 0;
const deadline = new AnswerDeadline(() => (missed += 1));

afterEach(() => {
  deadline.clear();
  missed = 0;
});

/** This thread does nothing else for so long, as in a long run of JavaScript. */
function standStill(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe('AnswerDeadline', () => {
  it('is missed once when nothing was heard in time', async () => {
    deadline.set(80);
    await delay(50);
    expect(missed).toBe(0);
    await delay(120);
    expect(missed).toBe(1);
    await delay(120);
    expect(missed).toBe(1);
  });

  it('begins anew whenever something is heard, and with another limit', async () => {
    deadline.set(400);
    for (let n = 0; n < 5; n += 1) {
      await delay(20);
      deadline.set(80);
    }
    expect(missed).toBe(0);
    await delay(200);
    expect(missed).toBe(1);
  });

  it('does not blame others for time in which this thread stood still', async () => {
    const { port1, port2 } = new MessageChannel();
    port2.on('message', () => deadline.set(100));
    deadline.set(100);
    await delay(20);
    port1.postMessage('alive');
    standStill(300);
    // The timers are due by far; the answer lies there.
    await once(port2, 'message');
    expect(missed).toBe(0);
    standStill(300);
    await delay(60);
    expect(missed).toBe(0);
    await delay(150);
    expect(missed).toBe(1);
    port1.close();
  });
});
