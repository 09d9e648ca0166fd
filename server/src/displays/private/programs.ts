import { constants } from 'node:fs';
import { access, open, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Where games' programs lie beside what the host was told (Debian). */
const MORE_FOLDERS = ['/usr/games'];

/** Path of a program. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '/usr/bin:/bin').split(':'), ...MORE_FOLDERS];
  for (const folder of folders) {
    const file = path.join(folder, name);
    if (folder === '' || !(await isExecutable(file))) continue;
    return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Whether this user may use a graphics card: the rights of its nodes allow it. What works there, its driver knows. */
export async function mayRender(): Promise<boolean> {
  return (await renderNodes()).length > 0;
}

/** Whether a graphics card answers: one of its nodes opens. */
export async function rendererAnswers(): Promise<boolean> {
  for (const name of await renderNodes()) {
    const node = await open(name, 'r+').catch(() => undefined);
    await node?.close();
    if (node) return true;
  }
  return false;
}

async function renderNodes(): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir('/dev/dri').catch(() => [])) {
    const node = `/dev/dri/${name}`;
    const isOurs = access(node, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
    if (name.startsWith('renderD') && (await isOurs)) found.push(node);
  }
  return found;
}
