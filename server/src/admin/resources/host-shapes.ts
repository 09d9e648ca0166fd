import * as z from 'zod';

import { app } from './app-shapes.ts';
import { device } from './device-shapes.ts';
import { pairing } from './pairing-shapes.ts';
import { session } from './session-shapes.ts';

const part = z.object({
  name: z.string(),
  works: z.boolean(),
  detail: z.string().optional().meta({ description: 'what it is, or why it does not work' }),
});

const hostStatus = z
  .object({
    version: z.string(),
    name: z.string(),
    startedAt: z.int(),
    addresses: z.array(z.string()).meta({ description: 'where clients reach this host' }),
    ports: z.object({
      admin: z.int(),
      http: z.int(),
      https: z.int(),
      rtsp: z.int(),
      video: z.int(),
      control: z.int(),
      audio: z.int(),
    }),
    encoders: z.array(part.extend({ codecs: z.array(z.string()) })),
    sources: z.array(part).meta({ description: 'what can be streamed' }),
    input: z.array(part).meta({ description: 'back ends for keyboard, mouse and controllers' }),
    sound: z.object({ works: z.boolean(), detail: z.string().optional() }),
    loops: z
      .array(
        z.object({
          thread: z.enum(['main', 'control']),
          worst: z
            .int()
            .meta({ description: 'longest delay of its event loop in the last minute, ms' }),
          stalls: z.int().meta({ description: 'stretches of 10 s with a delay over 500 ms' }),
        }),
      )
      .optional()
      .meta({ description: 'how long the host’s own threads kept others waiting' }),
    notices: z.array(
      z.object({ severity: z.enum(['info', 'warning', 'error']), message: z.string() }),
    ),
    problems: z
      .array(
        z.object({
          at: z.int(),
          device: z.string().optional().meta({ description: 'its name, where it concerns one' }),
          message: z.string(),
          count: z.int().meta({ description: 'times in a row; `at` is the last' }),
        }),
      )
      .meta({ description: 'what went wrong lately, newest first; kept over restarts' }),
  })
  .meta({ id: 'HostStatus' });

export const status = z.object({ status: hostStatus }).meta({ id: 'Status' });

export const state = z
  .object({
    status: hostStatus,
    sessions: z.array(session),
    devices: z.array(device),
    pairing: pairing.shape.pairing,
    apps: z.array(app),
  })
  .meta({ id: 'State' });

export const counters = z
  .object({
    counters: z.record(z.string(), z.record(z.string(), z.int())).meta({
      description:
        'by part of the host: what it refused, dropped or saw malformed since it started',
    }),
  })
  .meta({ id: 'Counters' });

export const apiError = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string().meta({ description: 'in English; pages say it in their own language' }),
      remedy: z.string().optional().meta({ description: 'what whoever asked can do, in English' }),
      reason: z.string().optional().meta({ description: 'which case of the code it is' }),
      parameters: z
        .record(z.string(), z.union([z.string(), z.number()]))
        .optional()
        .meta({ description: 'what the sentence speaks of' }),
      field: z
        .string()
        .optional()
        .meta({ description: 'what in the body it is about: app.environment.NAME' }),
    }),
  })
  .meta({ id: 'Error' });

export type CountersJson = z.output<typeof counters>['counters'];
export type StateJson = z.output<typeof state>;
/** What the host says about itself; the host composes it, the admin shows it. */
export type HostStatus = z.output<typeof hostStatus>;
export type ApiErrorJson = z.output<typeof apiError>;
