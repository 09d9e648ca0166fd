import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { statistics } from './adaptation/statistics.ts';
import { AREA, config, DESKTOP, gate, PATTERN, PHONE, request, TV } from './cast.ts';
import { house } from './house.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('from ANNOUNCE to the picture', () => {
  it('control, sound and picture get what was negotiated', async () => {
    const { sessions, control, pictures, sound, handshake, stream, state } = house();
    const launch = request(TV);
    await sessions.launch(launch, DESKTOP);
    const endpoint = { address: '192.0.2.7', port: 1, localAddress: '192.0.2.1', localPort: 2 };
    const { launch: announced } = handshake(TV);
    control.emit('endpoint', announced, 'audio', endpoint);
    const { number, viewer } = await stream(TV);
    control.emit('endpoint', number, 'video', endpoint);
    control.emit('keyframeRequested', number);
    control.emit('invalidationRequested', number, 4, 6);
    control.emit('keyframeRequested', number + 1);
    expect(state(TV)).toBe('streaming');
    expect(control.configured).toEqual([
      [
        number,
        {
          v2: true,
          honoursPingPayload: true,
          sendsFecStatus: true,
          input: {
            backend: 'xtest',
            x11Display: ':7',
            width: 1280,
            height: 720,
            source: AREA,
          },
        },
      ],
    ]);
    expect(sound.wishes).toEqual([{ channels: 2, playOnHost: false }]);
    expect(viewer.picture).toEqual({
      source: { kind: 'x11', display: ':7', cursor: true },
      width: 1280,
      height: 720,
      rateNumerator: 60,
      rateDenominator: 1,
    });
    expect(viewer.request).toMatchObject({
      viewer: number,
      video: { codec: 'h264', fecPercentage: 20, key: launch.key },
      audio: {
        channels: 2,
        key: launch.key,
        keyId: 0xfffffff0,
        source: { kind: 'sink', name: 'sink' },
      },
    });
    // 10000 less 20 % = 8000; less sound min(192, 1600) = 7808; less min(500, 780.8) = 7308
    expect(viewer.request.video.bitrateKbps).toBe(7308);
    expect(viewer.orders).toEqual([
      ['endpoint', 'audio', endpoint],
      ['endpoint', 'video', endpoint],
      ['keyframe'],
      ['invalidate', 4, 6],
    ]);
    expect(pictures.viewers).toHaveLength(1);
    expect(sessions.handshakes('192.0.2.7')).toEqual([]);
  });

  it('is open from the launch on, in the mode that ANNOUNCE brings, which joins it', async () => {
    const { sessions, pictures, handshake } = house();
    await sessions.launch(request(TV, { width: 1281, height: 720, fps: 59.94 }), DESKTOP);
    const source = { kind: 'x11', display: ':7', cursor: true };
    const picture = { source, width: 1280, height: 720 };
    expect(pictures.expected).toEqual([
      { open: true, picture: { ...picture, rateNumerator: 60_000, rateDenominator: 1001 } },
    ]);
    const record = handshake(TV);
    record.announce(config());
    expect(pictures.expected).toEqual([
      { open: false, picture: { ...picture, rateNumerator: 60, rateDenominator: 1 } },
    ]);
    expect(pictures.viewers[0]!.picture).toEqual(pictures.expected[0]!.picture);
    expect(() => record.announce(config())).toThrow('ANNOUNCE came twice.');
  });

  it('and its encoder is likely to be the one of last time, as long as the mode is', async () => {
    const { sessions, pictures, stream } = house();
    const mode = { width: 1280, height: 720, fps: 60 };
    await sessions.launch(request(TV, mode), DESKTOP);
    await stream(TV);
    await sessions.cancel(TV.fingerprint);
    await sessions.launch(request(TV, mode), DESKTOP);
    await stream(TV);
    await sessions.cancel(TV.fingerprint);
    await sessions.launch(request(TV, { ...mode, fps: 30 }), DESKTOP);
    await sessions.launch(request(PHONE, mode), PATTERN);
    const { codec, slices, bitrateKbps } = pictures.viewers[0]!.request.video;
    expect(pictures.likely).toEqual([
      undefined,
      expect.objectContaining({ codec, slices, bitrateKbps }),
      undefined,
      undefined,
    ]);
    // No key and no address of the stream before.
    expect(Object.keys(pictures.likely[1]!)).not.toContain('key');
  });

  it('that is slower than asked is a notice for its owner', async () => {
    const slow = 'This machine encodes 1280×720 at about 40 frames a second.';
    const { sessions, stream } = house({
      slowerThanAsked: ({ width }) => (width === 1280 ? slow : undefined),
    });
    await sessions.launch(request(TV), DESKTOP);
    await stream(TV);
    expect(sessions.list()[0]!.notices).toEqual([slow]);
    await sessions.launch(request(TV), DESKTOP);
    await stream(TV, { 'x-nv-video[0].clientViewportWd': 640 });
    expect(sessions.list()[0]!.notices).toEqual([]);
  });

  it('its encoder opens with ANNOUNCE, and nothing is sent before PLAY', async () => {
    const { sessions, control, pictures, handshake, state } = house();
    await sessions.launch(request(TV), DESKTOP);
    const record = handshake(TV);
    const endpoint = { address: '192.0.2.7', port: 1, localAddress: '192.0.2.1', localPort: 2 };
    control.emit('endpoint', record.launch, 'audio', endpoint);
    record.announce(config());
    const viewer = pictures.viewers[0]!;
    viewer.listener.viewing();
    control.emit('endpoint', record.launch, 'video', endpoint);
    expect(viewer.orders).toEqual([]);
    expect(state(TV)).toBe('handshake');
    record.play();
    expect(viewer.orders).toEqual([
      ['endpoint', 'audio', endpoint],
      ['endpoint', 'video', endpoint],
    ]);
    control.emit('connected', record.launch, '192.0.2.7');
    expect(state(TV)).toBe('streaming');
  });

  it('waits for no audio server; what becomes of the sound is told when it is known', async () => {
    const { sessions, sound, stream } = house();
    const settles = gate();
    sound.settles = settles.promise;
    sound.notice = 'The stream is silent: no audio server answers.';
    await sessions.launch(request(TV), DESKTOP);
    const { viewer } = await stream(TV);
    expect(viewer.request.audio.source).toEqual({ kind: 'sink', name: 'sink' });
    expect(sessions.list()[0]).toMatchObject({ state: 'streaming', notices: [] });
    settles.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(viewer.orders).toEqual([['sound-source', { kind: 'default-monitor' }]]);
    expect(sessions.list()[0]!.notices).toEqual([sound.notice]);
  });

  it('sound that is known too late concerns nobody any more', async () => {
    const { sessions, sound, stream } = house();
    const settles = gate();
    sound.settles = settles.promise;
    sound.notice = 'The stream is silent: no audio server answers.';
    await sessions.launch(request(TV), DESKTOP);
    const { viewer } = await stream(TV);
    await sessions.cancel(TV.fingerprint);
    settles.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(viewer.orders).toEqual([]);
    expect(sound.closed).toBe(1);
  });

  it('is closed when the launch ends before PLAY, or another takes its place', async () => {
    const { sessions, pictures, handshake } = house();
    await sessions.launch(request(TV), DESKTOP);
    await sessions.launch(request(TV), DESKTOP);
    expect(pictures.expected.map((one) => one.open)).toEqual([false, true]);
    handshake(TV).announce(config());
    await sessions.cancel(TV.fingerprint);
    expect(pictures.expected.map((one) => one.open)).toEqual([false, false]);
    await sessions.launch(request(PHONE), PATTERN);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(sessions.list()).toEqual([]);
    expect(pictures.expected[2]!.open).toBe(false);
  });

  it('the test pattern is silent and takes no input', async () => {
    const { sessions, control, sound, stream } = house();
    await sessions.launch(request(TV), PATTERN);
    const { viewer } = await stream(TV, { 'x-ss-general.encryptionEnabled': 0 });
    expect(sound.wishes).toEqual([]);
    expect(viewer.picture.source).toEqual({ kind: 'test-pattern' });
    expect(viewer.request.audio.source).toEqual({ kind: 'silence' });
    expect(viewer.request.video.key).toBeUndefined();
    expect(viewer.request.audio.key).toBeUndefined();
    expect(control.configured[0]![1].input).toEqual({ backend: 'none', width: 1280, height: 720 });
  });

  it('sends as fast as the way to its own address allows', async () => {
    const slow = '192.0.2.8';
    const { sessions, stream } = house({
      sending: (address) => {
        return { method: 'auto', pacing: 'smooth', linkKbps: address === slow ? 24_000 : 800_000 };
      },
    });
    await sessions.launch(request(TV), PATTERN);
    expect((await stream(TV)).viewer.request.video.sending.linkKbps).toBe(800_000);
    await sessions.launch(request(PHONE), PATTERN);
    expect((await stream(PHONE)).viewer.request.video.sending.linkKbps).toBe(24_000);
  });

  it('the client may connect before or after the first frame', async () => {
    const { sessions, control, pictures, handshake, state } = house();
    await sessions.launch(request(TV), DESKTOP);
    const record = handshake(TV);
    record.announce(config());
    record.play();
    pictures.viewers[0]!.listener.viewing();
    expect(state(TV)).toBe('starting');
    control.emit('connected', record.launch, '192.0.2.7');
    expect(state(TV)).toBe('streaming');
  });

  it('PLAY before ANNOUNCE, or of a launch that is over, changes nothing', async () => {
    const { sessions, handshake, pictures } = house();
    await sessions.launch(request(TV), DESKTOP);
    const record = handshake(TV);
    expect(() => record.play()).toThrow('PLAY came before ANNOUNCE.');
    await sessions.cancel(TV.fingerprint);
    expect(() => record.announce(config())).toThrow('This launch is over');
    expect(() => record.play()).toThrow('This launch is over');
    expect(pictures.viewers).toEqual([]);
  });

  it('no room in the picture ends the launch', async () => {
    const { sessions, pictures, handshake } = house();
    pictures.full = true;
    await sessions.launch(request(TV), DESKTOP);
    const record = handshake(TV);
    expect(() => record.announce(config())).toThrow('Too many devices');
    // As RTSP does with what ANNOUNCE throws.
    record.refuse('Too many devices watch this picture.');
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
  });

  it('shows state, statistics, round trip, restarts and notices', async () => {
    const { sessions, control, sound, stream } = house();
    sound.notice = 'The stream is silent: no audio server answers.';
    await sessions.launch(request(TV), DESKTOP);
    const { number, viewer } = await stream(TV);
    const words = 'x264, superfast effort, 4 slices';
    const second = { ...statistics(60, 900, 1_267_200, 0, 20), encoder: words };
    expect(sessions.list()[0]!.encoder).toBe('x264');
    viewer.listener.restarted('ended by SIGSEGV');
    viewer.listener.statistics({ ...second, viewer: number });
    expect(sessions.list()[0]!.notices).toHaveLength(1);
    viewer.listener.statistics({ ...second, viewer: number });
    control.emit('roundTrip', number, 4, 1, 4);
    control.emit('notice', number, 'input', 'No pads: /dev/uinput is not permitted.');
    control.emit('notice', number, 'input', 'No pads: /dev/uinput is not permitted.');
    expect(sessions.list()).toEqual([
      {
        id: 1,
        state: 'streaming',
        device: { fingerprint: TV.fingerprint, name: 'TV' },
        app: { id: 'desktop', title: 'Desktop' },
        address: '192.0.2.7',
        startedAt: expect.any(Number),
        source: 'x11',
        config: config(),
        encoder: words,
        statistics: { ...second, viewer: number },
        client: {
          lossPercentage: 0,
          damagedBlocks: 0,
          recoveredBlocks: 0,
          recoveredFrames: 0,
          recoveredPackets: 0,
          framesLost: 0,
          keyframeRequests: 0,
          invalidationRequests: 0,
        },
        adaptation: { on: true, targetKbps: 10_000, configuredKbps: 10_000, fecPercentage: 20 },
        roundTrip: 4,
        mediaRestarts: 1,
        events: expect.any(Array) as unknown[],
        notices: [
          'The stream is silent: no audio server answers.',
          expect.stringContaining('video and sound may be late'),
          'No pads: /dev/uinput is not permitted.',
        ],
      },
    ]);
  });

  it('a part’s notice is replaced by its next one and withdrawn when it is over', async () => {
    const { sessions, sound, stream } = house();
    sound.notice = 'The stream is silent until an audio server runs.';
    await sessions.launch(request(TV), DESKTOP);
    const { listener } = (await stream(TV)).viewer;
    const notices = () => sessions.list()[0]!.notices;
    listener.notice('source', 'The X server is gone.');
    listener.notice('audio', 'The sink is gone.');
    expect(notices()).toEqual(['The sink is gone.', 'The X server is gone.']);
    listener.notice('audio', undefined);
    expect(notices()).toEqual(['The X server is gone.']);
    listener.notice('audio', 'The sink is gone.');
    expect(notices()).toEqual(['The X server is gone.', 'The sink is gone.']);
  });
});
