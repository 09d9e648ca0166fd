import http from 'node:http';
import path from 'node:path';

/** `ctl` could not do what it was asked; the exit code and sentence are for scripts and people. */
export class CtlFailure extends Error {
  readonly code: string;
  readonly exit: number;

  constructor(exit: number, code: string, message: string) {
    super(message);
    this.name = 'CtlFailure';
    this.exit = exit;
    this.code = code;
  }
}

/** Documented in docs/3-reference/ctl.md; never renumbered. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  notFound: 4,
  notPaired: 5,
  unclearRequest: 6,
} as const;

/** A PIN's proof may take 30 s (devices.ts); everything else answers at once. */
const TIMEOUT_MS = 45_000;

/** What failures of the API become. */
const EXIT_OF: Readonly<Record<string, number>> = {
  'not-found': EXIT.notFound,
  'nothing-waits': EXIT.unclearRequest,
  'several-wait': EXIT.unclearRequest,
};

/** The admin API over the owner's socket. */
export class ControlClient {
  readonly #socketPath: string;

  /** @param dataDirectory where the host keeps its data */
  constructor(dataDirectory: string) {
    this.#socketPath = path.join(dataDirectory, 'control.sock');
  }

  /**
   * @returns the answer's JSON; undefined when it has none
   * @throws CtlFailure
   */
  ask<T>(method: string, target: string, body?: unknown): Promise<T> {
    return this.#ask(method, target, body, readAnswer<T>);
  }

  /**
   * @returns the answer's bytes as text, whatever they are
   * @throws CtlFailure
   */
  text(target: string): Promise<string> {
    return this.#ask('GET', target, undefined, (status, text) => {
      if (status >= 400) readAnswer(status, text);
      return text;
    });
  }

  #ask<T>(
    method: string,
    target: string,
    body: unknown,
    read: (status: number, text: string) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const request = http.request({
        socketPath: this.#socketPath,
        method,
        path: `/api/v1/${target}`,
        headers: {
          host: 'localhost',
          ...(content !== undefined && { 'content-type': 'application/json' }),
        },
        timeout: TIMEOUT_MS,
      });
      request.on('timeout', () => {
        request.destroy();
        reject(
          new CtlFailure(
            EXIT.failed,
            'no-answer',
            'The host does not answer. Its log may say why.',
          ),
        );
      });
      request.on('error', (error) => reject(this.#unreachable(error)));
      request.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', (error) => reject(this.#unreachable(error)));
        response.on('end', () => {
          try {
            resolve(read(response.statusCode!, Buffer.concat(parts).toString()));
          } catch (error) {
            reject(error);
          }
        });
      });
      request.end(content);
    });
  }

  #unreachable(error: NodeJS.ErrnoException): CtlFailure {
    const folder = path.dirname(this.#socketPath);
    switch (error.code) {
      case 'ENOENT':
      case 'ECONNREFUSED':
      case 'ENOTDIR':
        return new CtlFailure(
          EXIT.notRunning,
          'not-running',
          `No Earthshine host runs on ${folder}. Start it, or name its data folder with --data or EARTHSHINE_DATA.`,
        );
      case 'EACCES':
      case 'EPERM':
        return new CtlFailure(
          EXIT.failed,
          'not-permitted',
          `${this.#socketPath} belongs to somebody else. Run this as the user that runs the host.`,
        );
      default:
        return new CtlFailure(EXIT.failed, 'no-answer', `The host broke off: ${error.message}.`);
    }
  }
}

function readAnswer<T>(status: number, text: string): T {
  let json: unknown;
  try {
    json = text === '' ? undefined : JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (status < 400) return json as T;
  const { code = 'failed', message = `The host answered ${status}.` } =
    (json as { error?: { code?: string; message?: string } } | undefined)?.error ?? {};
  throw new CtlFailure(EXIT_OF[code] ?? EXIT.failed, code, message);
}
