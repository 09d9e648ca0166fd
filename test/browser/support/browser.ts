import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** The distribution's Chromium, as Debian calls it and as Fedora does. */
const PROGRAM =
  process.env['EARTHSHINE_CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((program) => existsSync(program));

/** Chromium, with nothing of its own to say to the network. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(PROGRAM !== undefined && { executablePath: PROGRAM }),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A name that leads here, as a rebound one does.
      '--host-resolver-rules=MAP elsewhere.example 127.0.0.1',
    ],
  });
}
