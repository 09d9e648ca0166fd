import { expect, it } from 'vitest';
import * as input from '../../src/client/control/input-packets.ts';
import { readVectors } from './vectors.ts';

interface Vectors {
  readonly packets: readonly {
    readonly name: string;
    readonly enet: string;
    readonly channel: string;
    readonly packet: string;
  }[];
}

const { packets } = readVectors<Vectors>('input-packets');

it.each([
  ['enable haptics', input.enableHaptics()],
  ['key down VK A', input.key(true, 0x41, 1)],
  ['key up VK A', input.key(false, 0x41, 0, 1)],
  ['relative mouse', input.mouseMove(-5, 300)],
  ['absolute mouse', input.mousePosition(100, 50, 1920, 1080)],
  ['mouse button down', input.mouseButton(true, 3)],
  ['mouse button up', input.mouseButton(false, 5)],
  ['vertical scroll', input.scroll(-60)],
  ['horizontal scroll', input.horizontalScroll(240)],
  ['controller arrival', input.controllerArrival(2, 4, 0x01ff, 0x003fffff)],
  ['multi controller sent', input.controllerState({ controller: 2, mask: 4 })],
  [
    'multi controller',
    input.controllerState({
      controller: 2,
      mask: 4,
      buttons: 0x00211000,
      leftTrigger: 255,
      rightTrigger: 1,
      leftX: -32768,
      leftY: 32767,
      rightX: 1,
      rightY: -1,
    }),
  ],
  [
    'touch down',
    input.touch({
      event: 1,
      rotation: 90,
      pointer: 0x11223344,
      x: 0.25,
      y: 0.5,
      pressure: 1,
      major: 0.125,
      minor: 0.0625,
    }),
  ],
  ['touch move', input.touch({ event: 3, pointer: 0x11223344, x: 0.5, y: 0.5, pressure: 1 })],
  [
    'pen down',
    input.pen({
      event: 1,
      tool: 2,
      buttons: 2,
      x: 0.25,
      y: 0.75,
      pressure: 0.5,
      rotation: 180,
      tilt: 45,
    }),
  ],
  ['UTF-8 text, first', input.text('aé€')[0]!],
  ['UTF-8 text, second', input.text('aé€')[1]!],
  ['UTF-8 text, third', input.text('aé€')[2]!],
])('%s is what the stock client sends', (name, packet) => {
  const candidates = packets.filter((vector) => vector.name.startsWith(name));
  const vector = candidates.find((found) => found.name === name) ?? candidates[0]!;
  expect(packet.bytes.toString('hex')).toBe(vector.packet);
  expect(packet.channel).toBe(Number(vector.channel));
  expect(packet.delivery).toBe(vector.enet);
});
