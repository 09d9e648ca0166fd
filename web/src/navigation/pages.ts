import type { Component } from 'svelte';

import type { PlainKey } from '../i18n/i18n.svelte.ts';
import type { IconName } from './Icon.svelte';

interface PageRow {
  readonly title: PlainKey;
  readonly icon: IconName;
  /** what it is made of comes when it is opened first */
  readonly load: () => Promise<{ readonly default: Component }>;
  /** it has the cards of devices that want to pair; on the others a line leads there */
  readonly showsPairing: boolean;
  /** always in reach on a phone; the others are behind "More" */
  readonly first: boolean;
}

/** Every page by its address (`#/devices`), in the order of the navigation; the first one is where a visit begins. */
export const PAGES = {
  overview: {
    title: 'page.overview',
    icon: 'overview',
    load: () => import('../pages/overview/Overview.svelte'),
    showsPairing: true,
    first: true,
  },
  devices: {
    title: 'page.devices',
    icon: 'devices',
    load: () => import('../pages/devices/Devices.svelte'),
    showsPairing: true,
    first: true,
  },
  apps: {
    title: 'page.apps',
    icon: 'apps',
    load: () => import('../pages/apps/Apps.svelte'),
    showsPairing: false,
    first: true,
  },
  performance: {
    title: 'page.performance',
    icon: 'performance',
    load: () => import('../pages/performance/Performance.svelte'),
    showsPairing: false,
    first: false,
  },
  network: {
    title: 'page.network',
    icon: 'network',
    load: () => import('../pages/network/Network.svelte'),
    showsPairing: false,
    first: false,
  },
  settings: {
    title: 'page.settings',
    icon: 'settings',
    load: () => import('../pages/settings/Settings.svelte'),
    showsPairing: false,
    first: false,
  },
  doctor: {
    title: 'page.doctor',
    icon: 'doctor',
    load: () => import('../pages/doctor/Doctor.svelte'),
    showsPairing: false,
    first: false,
  },
  faults: {
    title: 'page.faults',
    icon: 'faults',
    load: () => import('../pages/faults/Faults.svelte'),
    showsPairing: false,
    first: false,
  },
  log: {
    title: 'page.log',
    icon: 'log',
    load: () => import('../pages/log/Log.svelte'),
    showsPairing: false,
    first: false,
  },
  account: {
    title: 'page.account',
    icon: 'account',
    load: () => import('../pages/account/Account.svelte'),
    showsPairing: false,
    first: false,
  },
} as const satisfies Record<string, PageRow>;

export type Page = keyof typeof PAGES;

export const PAGE_NAMES = Object.keys(PAGES) as readonly Page[];

export const pageRow = (page: Page): PageRow => PAGES[page];
