import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Device } from '../../src/devices/devices.ts';
import { DEFAULT_PERMISSIONS } from '../../src/devices/permissions.ts';
import {
  PairingRefused,
  PairingRequests,
  type PairingApplicant,
} from '../../src/devices/pairing-requests.ts';
import { knownDevices } from './known-devices.ts';

const log = pino({ level: 'silent' });
let known: Map<string, Device>;
let desk: PairingRequests;

function applicant(n: number, changes: Partial<PairingApplicant> = {}): PairingApplicant {
  return {
    fingerprint: n.toString(16).padStart(64, '0'),
    certificatePem: `pem ${n}`,
    uniqueId: '0123456789ABCDEF',
    address: `192.168.1.${n}`,
    ...changes,
  };
}

function reasonOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as PairingRefused).reason;
  }
  return undefined;
}

beforeEach(() => {
  vi.useFakeTimers();
  known = new Map();
  desk = new PairingRequests({ devices: knownDevices(known), log });
});
afterEach(() => {
  desk.close();
  vi.useRealTimers();
});

describe('PairingRequests', () => {
  it('hands the PIN to the request it was typed for and stores the device after the proof', async () => {
    const one = desk.park(applicant(1));
    const two = desk.park(applicant(2));
    expect(desk.waiting().map((request) => request.address)).toEqual([
      '192.168.1.1',
      '192.168.1.2',
    ]);
    const answer = desk.answer(two.id, '0042', 'Phone');
    expect(await two.pin).toBe('0042');
    expect(desk.waiting().map((request) => request.id)).toEqual([one.id]);
    expect(known.size).toBe(0);
    await two.conclude('proved');
    expect(await answer).toMatchObject({ result: 'paired', device: { name: 'Phone' } });
    expect([...known.keys()]).toEqual([applicant(2).fingerprint]);
    await expect(two.conclude('proved')).rejects.toThrow(PairingRefused);
  });

  it('takes one try only', async () => {
    const one = desk.park(applicant(1));
    const answer = desk.answer(one.id, '1111');
    await expect(desk.answer(one.id, '2222')).rejects.toThrow(RangeError);
    await one.conclude('wrong-pin');
    expect(await answer).toEqual({ result: 'wrong-pin' });
    await expect(desk.answer(one.id, '2222')).rejects.toThrow(RangeError);
    await expect(one.conclude('proved')).rejects.toThrow(PairingRefused);
    expect(known.size).toBe(0);
  });

  it.each(['', '123', '12345', '12a4', '１２３４', '1234\n'])(
    'refuses the PIN %j and keeps the request',
    async (pin) => {
      const one = desk.park(applicant(1));
      await expect(desk.answer(one.id, pin)).rejects.toThrow(RangeError);
      expect(desk.waiting()).toHaveLength(1);
    },
  );

  it('lets four wait, one per address, and the same applicant replaces itself', async () => {
    const first = desk.park(applicant(1));
    for (const n of [2, 3, 4]) desk.park(applicant(n));
    expect(reasonOf(() => desk.park(applicant(5)))).toBe('full');
    expect(reasonOf(() => desk.park(applicant(9, { address: '192.168.1.1' })))).toBe(
      'address-busy',
    );
    expect(reasonOf(() => desk.park(applicant(1, { uniqueId: 'other' })))).toBe('address-busy');
    desk.park(applicant(1));
    await expect(first.pin).rejects.toMatchObject({ reason: 'replaced' });
    expect(first.ended.aborted).toBe(true);
    expect(desk.waiting()).toHaveLength(4);
  });

  it('takes all addresses of one IPv6 /64 for one applicant', () => {
    desk.park(applicant(1, { address: '2001:db8::1' }));
    const neighbour = applicant(2, { address: '2001:db8::2' });
    expect(reasonOf(() => desk.park(neighbour))).toBe('address-busy');
    desk.park(applicant(2, { address: '2001:db8:0:1::2' }));
    expect(desk.waiting()).toHaveLength(2);
  });

  it('forgets a request after 120 s and a proof after 30 s', async () => {
    const one = desk.park(applicant(1));
    await vi.advanceTimersByTimeAsync(119_000);
    expect(desk.waiting()).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(desk.waiting()).toHaveLength(0);
    await expect(one.pin).rejects.toMatchObject({ reason: 'expired' });

    const two = desk.park(applicant(1));
    await vi.advanceTimersByTimeAsync(119_000);
    const answer = desk.answer(two.id, '1234');
    await vi.advanceTimersByTimeAsync(29_000);
    expect(two.ended.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answer).toEqual({ result: 'expired' });
    await expect(two.conclude('proved')).rejects.toThrow(PairingRefused);
  });

  it('drops a request whose device went away, but not one that has its PIN', async () => {
    const one = desk.park(applicant(1));
    one.withdraw();
    expect(desk.waiting()).toHaveLength(0);
    const two = desk.park(applicant(1));
    const answer = desk.answer(two.id, '1234');
    two.withdraw();
    await two.conclude('proved');
    expect(await answer).toMatchObject({ result: 'paired' });
  });

  it('refuses when the owner says so, when switched off, and disabled devices', async () => {
    const one = desk.park(applicant(1));
    desk.refuse(one.id);
    await expect(one.pin).rejects.toMatchObject({ reason: 'refused' });
    expect(() => desk.refuse(one.id)).toThrow(RangeError);
    const two = desk.park(applicant(2));
    desk.enabled = false;
    await expect(two.pin).rejects.toMatchObject({ reason: 'refused' });
    expect(reasonOf(() => desk.park(applicant(1)))).toBe('off');
    desk.enabled = true;
    known.set(applicant(1).fingerprint, {
      ...applicant(1),
      name: 'TV',
      enabled: false,
      ...DEFAULT_PERMISSIONS,
      pairedAt: 1,
    });
    expect(reasonOf(() => desk.park(applicant(1)))).toBe('disabled');
  });
});
