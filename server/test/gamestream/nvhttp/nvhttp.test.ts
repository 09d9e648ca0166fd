import os from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROUTES } from '../../../src/gamestream/nvhttp/routes.ts';
import { readCertificate } from '../../../src/gamestream/pairing/certificate.ts';
import { LaunchRefused } from '../../../src/gamestream/launches.ts';
import { ART, makeClientIdentity, startHost, type TestHost } from '../nvhttp-host.ts';
import { PairingClient } from '../pairing-client.ts';

const known = makeClientIdentity();
const strange = makeClientIdentity();
const fingerprint = readCertificate(known.certPem)!.fingerprint;
const LAUNCH =
  '/launch?uniqueid=1&appid=881448767&mode=1920x1080x60&additionalStates=1&sops=1' +
  '&rikey=000102030405060708090a0b0c0d0e0f&rikeyid=-559038737&localAudioPlayMode=0' +
  '&surroundAudioInfo=4128774&remoteControllersBitmap=3&gcmap=3&gcpersist=1&hdrMode=1&corever=1';

let host: TestHost;
let tv: PairingClient;
let stranger: PairingClient;
let nobody: PairingClient;

beforeAll(async () => {
  host = await startHost();
  tv = new PairingClient(host.ports, known);
  stranger = new PairingClient(host.ports, strange);
  nobody = new PairingClient(host.ports);
});
afterAll(() => host.close());
beforeEach(async () => {
  await host.devices.add({ fingerprint, name: 'TV', certificatePem: known.certPem });
  await host.devices.setEnabled(fingerprint, true);
  host.sessions.calls.length = 0;
  host.sessions.game = 0;
  host.sessions.refusal = undefined;
});

describe('routes', () => {
  it('all have a class, and HTTPS has none but paired ones', () => {
    expect(ROUTES.map(({ server, path, class: kind }) => `${server} ${path} ${kind}`)).toEqual([
      'http /serverinfo open',
      'http /pair pairing',
      'http /unpair pairing',
      'https /serverinfo paired',
      'https /pair paired',
      'https /applist paired',
      'https /appasset paired',
      'https /launch paired',
      'https /resume paired',
      'https /cancel paired',
      'https /earthshine/speedtest paired',
      'https /earthshine/speedtest/rate paired',
      'https /earthshine/speedtest/held paired',
    ]);
    // What belongs to no stock client needs its owner's permission besides.
    expect(
      ROUTES.filter(({ path }) => path.startsWith('/earthshine/')).map((route) =>
        'permission' in route ? route.permission : undefined,
      ),
    ).toEqual(['speedTest', 'speedTest', 'speedTest']);
  });

  it('answer unknown and disabled certificates with XML 401 on HTTPS, whatever the path', async () => {
    await host.devices.setEnabled(fingerprint, false);
    for (const path of [...ROUTES.map((route) => route.path), '/', '/nothing']) {
      for (const client of [stranger, nobody, tv]) {
        const reply = await client.getSecure(path);
        expect([path, reply.http, reply.status]).toEqual([path, 200, 401]);
        expect(reply.text).toBe(
          `<root status_code="401" query="${path}" status_message="The client is not authorized. Certificate verification failed."/>`,
        );
      }
    }
    expect(host.sessions.calls).toEqual([]);
  });

  it('give nothing but serverinfo, pair and unpair on plain HTTP', async () => {
    for (const path of [
      '/applist',
      '/appasset?appid=881448767',
      LAUNCH,
      '/resume',
      '/cancel',
      '/',
    ]) {
      const reply = await tv.get(path);
      expect([reply.http, reply.status]).toEqual([200, 404]);
    }
    expect(host.sessions.calls).toEqual([]);
    expect((await tv.getSecure('/nothing')).status).toBe(404);
  });
});

describe('/serverinfo', () => {
  it('has a launch expected when a paired device asks by its certificate, and only then', async () => {
    const before = host.sessions.anticipated;
    await tv.get('/serverinfo');
    await nobody.get('/serverinfo');
    await nobody.getSecure('/serverinfo');
    expect(host.sessions.anticipated).toBe(before);
    await tv.getSecure('/serverinfo');
    expect(host.sessions.anticipated).toBe(before + 1);
  });

  it('is reduced on plain HTTP, without any query too', async () => {
    const reply = await nobody.get('/serverinfo');
    expect(reply.text).toBe(
      '<root status_code="200"><hostname>Test &quot;host&quot; &amp; co</hostname>' +
        '<appversion>7.1.431.-1</appversion><GfeVersion>3.23.0.74</GfeVersion>' +
        `<uniqueid>${host.identity.hostId}</uniqueid><HttpsPort>${host.ports.https}</HttpsPort>` +
        `<ExternalPort>${host.ports.http}</ExternalPort><MaxLumaPixelsHEVC>1869449984</MaxLumaPixelsHEVC>` +
        '<mac>00:00:00:00:00:00</mac><LocalIP>127.0.0.1</LocalIP>' +
        '<ServerCodecModeSupport>769</ServerCodecModeSupport><PairStatus>0</PairStatus>' +
        '<currentgame>0</currentgame><state>SUNSHINE_SERVER_FREE</state></root>',
    );
    expect(reply.headers).toMatchObject({
      connection: 'close',
      'content-length': String(reply.body.length),
    });
  });

  it('says paired and busy to the client that is', async () => {
    host.sessions.game = 881448767;
    const reply = await tv.getSecure('/serverinfo?uniqueid=0123456789ABCDEF');
    expect(reply.element('PairStatus')).toBe('1');
    expect(reply.element('currentgame')).toBe('881448767');
    expect(reply.element('state')).toBe('SUNSHINE_SERVER_BUSY');
    expect(host.devices.find(fingerprint)).toMatchObject({ lastAddress: '127.0.0.1' });
  });

  it('never puts IPv6 into LocalIP', async () => {
    const six = new PairingClient(host.ports, known);
    Object.assign(six, { host: '::1', localAddress: '::1' });
    expect((await six.getSecure('/serverinfo')).element('LocalIP')).toBe('127.0.0.1');
  });

  it('gives the MAC of the interface asked, to paired clients alone', async () => {
    const info = Object.values(os.networkInterfaces())
      .flatMap((infos) => infos ?? [])
      .find((candidate) => candidate.family === 'IPv4' && !candidate.internal);
    if (!info) return;
    const other = await startHost({ addresses: [info.address] });
    try {
      await other.devices.add({ fingerprint, name: 'TV', certificatePem: known.certPem });
      const client = new PairingClient(other.ports, known);
      Object.assign(client, { host: info.address, localAddress: info.address });
      const reply = await client.getSecure('/serverinfo');
      expect(reply.element('mac')).toBe(info.mac);
      expect(reply.element('LocalIP')).toBe(info.address);
      expect((await client.get('/serverinfo')).element('mac')).toBe('00:00:00:00:00:00');
    } finally {
      await other.close();
    }
  });
});

describe('apps', () => {
  it('are listed without a byte between root and the first App', async () => {
    expect((await tv.getSecure('/applist?unique_id=x')).text).toBe(
      '<root status_code="200"><App><IsHdrSupported>0</IsHdrSupported>' +
        '<AppTitle>Desktop &amp; &lt;more&gt;</AppTitle><ID>881448767</ID></App></root>',
    );
  });

  it('of HDR pictures say so', async () => {
    const other = await startHost({ isHdr: ({ id }) => id === 'desktop' });
    try {
      await other.devices.add({ fingerprint, name: 'TV', certificatePem: known.certPem });
      const list = await new PairingClient(other.ports, known).getSecure('/applist');
      expect(list.element('IsHdrSupported')).toBe('1');
    } finally {
      await other.close();
    }
  });

  it('that cannot start here are not listed, and can be launched by who knows them', async () => {
    const other = await startHost({ isListed: ({ id }) => id !== 'desktop' });
    try {
      await other.devices.add({ fingerprint, name: 'TV', certificatePem: known.certPem });
      const phone = new PairingClient(other.ports, known);
      expect((await phone.getSecure('/applist')).text).toBe('<root status_code="200"/>');
      expect((await phone.getSecure(LAUNCH)).element('gamesession')).toBe('1');
    } finally {
      await other.close();
    }
  });

  it('have a picture, or HTTP 404', async () => {
    const art = await tv.getSecure('/appasset?appid=881448767&AssetType=2&AssetIdx=0');
    expect(art.headers['content-type']).toBe('image/png');
    expect(art.body).toEqual(ART);
    for (const id of ['1', '', '../x', '-1']) {
      expect((await tv.getSecure(`/appasset?appid=${id}`)).http).toBe(404);
    }
  });
});

describe('/launch, /resume, /cancel', () => {
  it('tell a viewer that quits of the app that goes on without anybody who sees it', async () => {
    host.sessions.left = { title: 'Golf', owner: 'TV' };
    const reply = await tv.getSecure('/cancel');
    host.sessions.left = undefined;
    expect(reply.status).toBe(403);
    expect(reply.text).toContain('Your view has ended. Golf goes on: TV started it');
    expect(reply.element('cancel')).toBe('0');
  });

  it('pass on what the client asks for', async () => {
    const reply = await tv.getSecure(LAUNCH);
    expect(reply.text).toBe(
      '<root status_code="200"><sessionUrl0>rtspenc://127.0.0.1:48010</sessionUrl0><gamesession>1</gamesession></root>',
    );
    expect(host.sessions.calls).toEqual([
      {
        kind: 'launch',
        app: 'desktop',
        request: {
          device: host.devices.find(fingerprint),
          width: 1920,
          height: 1080,
          fps: 60,
          key: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
          keyId: 0xdeadbeef,
          channels: 6,
          playOnHost: false,
          hdr: true,
          encryptedRtsp: true,
          gamepads: 3,
          keepGamepads: true,
          remoteAddress: '127.0.0.1',
          localAddress: '127.0.0.1',
        },
      },
    ]);
    const resumed = await tv.getSecure('/resume?rikey=ffffffffffffffffffffffffffffffff&rikeyid=1');
    expect(resumed.text).toBe(
      '<root status_code="200"><sessionUrl0>rtsp://127.0.0.1:48010</sessionUrl0><resume>1</resume></root>',
    );
    expect(host.sessions.calls[1]).not.toHaveProperty('gameId');
    expect(host.sessions.calls[1]?.request).not.toHaveProperty('playOnHost');
    expect((await tv.getSecure('/cancel')).text).toBe(
      '<root status_code="200"><cancel>1</cancel></root>',
    );
    expect((await tv.getSecure('/cancel')).element('cancel')).toBe('1');
  });

  it('say why not, in XML', async () => {
    const cases: [string, number, string][] = [
      [LAUNCH.replace('appid=881448767', 'appid=5'), 404, 'gamesession'],
      [LAUNCH.replace('appid=881448767&', ''), 400, 'gamesession'],
      [LAUNCH.replace('&localAudioPlayMode=0', ''), 400, 'gamesession'],
      ['/resume?rikey=ffffffffffffffffffffffffffffffff&rikeyid=1', 503, 'resume'],
      ['/resume?rikeyid=1', 400, 'resume'],
    ];
    const told = host.problems.length;
    const read: string[] = [];
    for (const [target, status, element] of cases) {
      const reply = await tv.getSecure(target);
      expect([reply.http, reply.status, reply.element(element)]).toEqual([200, status, '0']);
      expect(reply.message).not.toBe('');
      // What a session refuses, the sessions tell.
      if (status !== 503) read.push(reply.message!);
    }
    const inXml = (sentence: string): string =>
      sentence.replaceAll('"', '&quot;').replaceAll("'", '&apos;');
    expect(host.problems.slice(told).map(inXml)).toEqual(read);
    host.sessions.refusal = new LaunchRefused(400, 'An app is already running on this host');
    expect((await tv.getSecure(LAUNCH)).message).toBe('An app is already running on this host');
    host.sessions.refusal = new Error('secret details');
    const reply = await tv.getSecure(LAUNCH);
    expect([reply.status, reply.element('gamesession')]).toEqual([503, '0']);
    expect(reply.text).not.toContain('secret');
    expect(host.problems.at(-1)).toBe(reply.message);
    expect((await tv.getSecure('/cancel')).element('cancel')).toBe('0');
  });
});
