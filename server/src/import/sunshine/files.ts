import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { leftBehind } from './left-behind.ts';
import type { LeftBehind } from './left-behind.ts';

/** What another host wrote, or somebody by hand: nothing of it is larger. */
const MAX_TEXT = 16 * 1024 * 1024;

/** A file of the other host cannot be taken. */
export class Untaken extends Error {
  readonly left: LeftBehind;

  constructor(...left: Parameters<typeof leftBehind>) {
    const made = leftBehind(...left);
    super(made.says);
    this.name = 'Untaken';
    this.left = made;
  }
}

/**
 * Reads a file whole.
 *
 * @param limit bytes
 * @returns undefined when there is none
 * @throws Untaken for one that is too large, no file at all, or not to be read
 */
export async function readBounded(file: string, limit = MAX_TEXT): Promise<Buffer | undefined> {
  let handle;
  try {
    // A pipe of that name would be waited for.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Untaken('file-unreadable', { file, reason: message });
  }
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Untaken('file-none', { file });
    if (found.size > limit) {
      throw new Untaken('file-large', { file, limit: Math.round(limit / 1024 / 1024) });
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Bytes as text: UTF-8, with or without a mark, UTF-16 with one, and Windows-1252 for what is neither. */
export function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** @returns undefined when there is no such file. @throws Untaken for one that is no JSON object */
export async function readJsonObject(
  file: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const bytes = await readBounded(file);
  if (bytes === undefined) return undefined;
  return jsonObject(decoded(bytes), file);
}

/** @throws Untaken naming the file */
export function jsonObject(text: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Untaken('file-damaged', { file, reason: (error as Error).message });
  }
  const object = asObject(value);
  if (!object) throw new Untaken('file-foreign', { file });
  return object;
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** The other host writes an empty list as an empty text. */
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** It writes numbers and truths as text, or as they are. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** @param unset what holds when nothing is said */
export function asTruth(value: unknown, unset: boolean): boolean {
  const text = asText(value)?.trim().toLowerCase();
  if (text === undefined || text === '') return unset;
  return ['true', '1', 'yes', 'on', 'enabled', 'enable'].includes(text);
}
