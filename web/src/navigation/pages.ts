import type { Component } from 'svelte';

import Apps from '../pages/apps/Apps.svelte';
import Devices from '../pages/devices/Devices.svelte';
import Overview from '../pages/overview/Overview.svelte';
import type { IconName } from './Icon.svelte';

interface PageRow {
  readonly title: string;
  readonly icon: IconName;
  readonly component: Component;
  /** it has the cards of devices that want to pair; on the others a line leads there */
  readonly showsPairing: boolean;
}

/** Every page by its address (`#/devices`), in the order of the navigation; the first one is where a visit begins. */
export const PAGES = {
  overview: { title: 'Overview', icon: 'overview', component: Overview, showsPairing: true },
  devices: { title: 'Devices', icon: 'devices', component: Devices, showsPairing: true },
  apps: { title: 'Apps', icon: 'apps', component: Apps, showsPairing: false },
} as const satisfies Record<string, PageRow>;

export type Page = keyof typeof PAGES;

export const PAGE_NAMES = Object.keys(PAGES) as readonly Page[];
