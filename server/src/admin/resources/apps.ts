import * as z from 'zod';

import type { AppDirectory } from '../../apps/app-directory.ts';
import type { App } from '../../apps/apps.ts';
import { TrialBusy } from '../../apps/command-trial.ts';
import type { Trial, TriedApp } from '../../apps/command-trial.ts';
import { ApiError } from '../api-error.ts';
import { listPart, listQuery } from '../list-query.ts';
import { API, PNG, WEBP, route } from '../route.ts';
import type { Route } from '../route.ts';
import { requireCurrent, versionOf } from '../version.ts';
import {
  app as appShape,
  appEdit,
  appId,
  appOrder,
  apps as appList,
  appTrial,
  trial as trialShape,
} from './app-shapes.ts';
import type { AppEdit, AppJson, TrialJson } from './app-shapes.ts';

const appParams = z.object({ id: appId });

/** What can be launched. */
export function appRoutes(
  apps: AppDirectory,
  tryCommand: (app: TriedApp) => Promise<Trial>,
): readonly Route[] {
  const knownApp = (id: string) => {
    const app = apps.byId(id);
    if (!app) throw new ApiError('not-found', `There is no app "${id}".`, { reason: 'app' });
    return app;
  };
  const appsJson = () => ({ apps: apps.list().map(appView) });
  return [
    route({
      method: 'get',
      path: `${API}/apps`,
      access: 'admin',
      summary: 'The apps in the order in which clients show them.',
      query: listQuery,
      answer: appList,
      handle: ({ query }) => {
        const { rows, next } = listPart(appsJson().apps, query, {
          id: ({ id }) => id,
          words: ({ title }) => [title],
        });
        return { apps: rows, ...(next !== undefined && { next }) };
      },
    }),
    route({
      method: 'post',
      path: `${API}/apps`,
      access: 'password',
      scope: 'commands',
      proofLasts: true,
      summary: 'Adds an app at the end.',
      body: appEdit,
      answer: appShape,
      status: 201,
      handle: async ({ body }) => appView(await apps.add(body.app)),
    }),
    route({
      method: 'put',
      path: `${API}/apps/:id`,
      access: 'password',
      scope: 'commands',
      proofLasts: true,
      summary: 'Replaces everything about an app but its id, place and art.',
      params: appParams,
      body: appEdit,
      answer: appShape,
      handle: async ({ params, body }) => {
        requireCurrent(body.version, editable(knownApp(params.id)), { path: 'app' });
        return appView(await apps.update(params.id, body.app));
      },
    }),
    route({
      method: 'post',
      path: `${API}/apps/trial`,
      access: 'password',
      scope: 'commands',
      proofLasts: true,
      summary:
        'Runs a command for 5 s at most as a stream of 1080p would, without preparation and on the desktop as it is, and ends it.',
      body: appTrial,
      answer: trialShape,
      handle: async ({ body }) => {
        const { command, title, shell, environment, workingDirectory } = body.app;
        const tried = { command: command!, title, shell, environment, workingDirectory };
        try {
          return trialView(await tryCommand(tried));
        } catch (error) {
          if (!(error instanceof TrialBusy)) throw error;
          throw new ApiError('busy', error.message, { reason: 'trial', retryAfter: 5 });
        }
      },
    }),
    route({
      method: 'delete',
      path: `${API}/apps/:id`,
      access: 'admin',
      scope: 'commands',
      summary: 'Removes an app and its art.',
      params: appParams,
      handle: async ({ params }) => {
        knownApp(params.id);
        await apps.remove(params.id);
      },
    }),
    route({
      method: 'put',
      path: `${API}/app-order`,
      access: 'admin',
      scope: 'control',
      summary: 'Puts the apps in another order.',
      body: appOrder,
      answer: appList,
      handle: async ({ body }) => {
        await apps.reorder(body.ids);
        return appsJson();
      },
    }),
    route({
      method: 'get',
      path: `${API}/apps/:id/art`,
      access: 'admin',
      summary: 'The box art: uploaded, or the generated default.',
      params: appParams,
      answer: PNG,
      handle: ({ params }) => apps.art(knownApp(params.id)),
    }),
    route({
      method: 'get',
      path: `${API}/apps/:id/thumbnail`,
      access: 'admin',
      summary: 'The box art for lists: 300×400.',
      params: appParams,
      answer: WEBP,
      handle: ({ params }) => apps.thumbnail(knownApp(params.id)),
    }),
    route({
      method: 'put',
      path: `${API}/apps/:id/art`,
      access: 'admin',
      scope: 'control',
      summary:
        'Uploads box art, a PNG of at most 8 MiB and 6 million pixels, cut and scaled to 600×800.',
      params: appParams,
      body: PNG,
      answer: appShape,
      handle: async ({ params, body }) => {
        knownApp(params.id);
        return appView(await apps.setArt(params.id, body));
      },
    }),
    route({
      method: 'delete',
      path: `${API}/apps/:id/art`,
      access: 'admin',
      scope: 'control',
      summary: 'Back to the generated box art.',
      params: appParams,
      answer: appShape,
      handle: async ({ params }) => {
        knownApp(params.id);
        return appView(await apps.removeArt(params.id));
      },
    }),
  ];
}

function trialView({ end, output, environment, ...trial }: Trial): TrialJson {
  return { ...trial, ...end, output: [...output], environment: { ...environment } };
}

export function appView(app: App): AppJson {
  return {
    id: app.id,
    version: versionOf(editable(app)),
    gameId: app.gameId,
    title: app.title,
    source: app.source,
    ...(app.command && { command: [...app.command] }),
    shell: app.shell,
    ...(app.workingDirectory !== undefined && { workingDirectory: app.workingDirectory }),
    environment: { ...app.environment },
    preparation: app.preparation.map(({ run, undo }) => ({
      run: [...run],
      ...(undo && { undo: [...undo] }),
    })),
    endsWith: app.endsWith,
    ...(app.codec && { codec: app.codec }),
    toReview: app.toReview ?? false,
    position: app.position,
    hasArt: app.hasArt,
    artUrl: `${API}/apps/${app.id}/art?v=${app.gameId}`,
    thumbnailUrl: `${API}/apps/${app.id}/thumbnail?v=${app.gameId}`,
  };
}

/** What an edit replaces, by its names. */
function editable(app: App): Readonly<Record<keyof AppEdit['app'], unknown>> {
  const { title, source, command, shell, workingDirectory, environment, preparation } = app;
  return {
    ...{ title, source, command, shell, workingDirectory, environment, preparation },
    endsWith: app.endsWith,
    codec: app.codec,
  };
}
