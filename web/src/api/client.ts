import { clock } from '../parts/clock.svelte.ts';
import type {
  ApiErrorJson,
  App,
  AppEdit,
  AppInput,
  AppOrder,
  Device,
  FoundApps,
  DeviceChange,
  DoctorJson,
  LogLine,
  Login,
  PairingAnswerInput,
  PairingOutcome,
  PairingSwitch,
  PasswordChange,
  Session,
  SettingsJson,
  ShortfallsJson,
  Setup,
  SignedInByLink,
  SignIn,
  Trial,
  UsedLink,
} from './contract.ts';

/** An answer of 400 and above, or none. `errorSentence` says it in the page's language. */
export class ApiError extends Error {
  /** 0: nobody answered */
  readonly status: number;
  readonly code: string;
  readonly reason: string | undefined;
  readonly parameters: Readonly<Record<string, string | number>>;
  /** what in the body it is about: `app.title` */
  readonly field: string | undefined;
  /** seconds to wait before the next try, with `too-many-attempts` */
  readonly retryAfter: number | undefined;

  constructor(status: number, error: ApiErrorJson['error'], retryAfter?: number) {
    super(error.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = error.code;
    this.reason = error.reason;
    this.parameters = error.parameters ?? {};
    this.field = error.field;
    this.retryAfter = retryAfter;
  }
}

let signInOver: () => void = () => undefined;

/** @param tell the host has answered that nobody is signed in */
export function onSignInOver(tell: () => void): void {
  signInOver = tell;
}

/** @param body of the shape that the route takes, or a file */
export async function request<T, B extends object = never>(
  method: string,
  path: string,
  body?: B,
): Promise<T> {
  const response = await send(method, path, body);
  return response.status === 204
    ? (undefined as T)
    : ((await response.json().catch(() => ({}))) as T);
}

/** One call whose answer is a file. */
export async function download<B extends object>(
  method: string,
  path: string,
  body: B,
): Promise<Blob> {
  const response = await send(method, path, body);
  // Part of it was there: a file that looks whole and is not is worse than none.
  return response.blob().catch(() => {
    throw unreachable();
  });
}

/** @returns a good answer */
async function send(method: string, path: string, body: object | undefined): Promise<Response> {
  let response: Response;
  try {
    const isFile = body instanceof Blob;
    response = await fetch(`/api/v1/${path}`, {
      method,
      credentials: 'same-origin',
      ...(body === undefined
        ? {}
        : {
            body: isFile ? body : JSON.stringify(body),
            headers: { 'Content-Type': isFile ? body.type : 'application/json' },
          }),
    });
  } catch {
    throw unreachable();
  }
  clock.learn(response.headers.get('Date'));
  if (response.ok) return response;
  const answer: unknown = await response.json().catch(() => ({}));
  const error = (answer as Partial<ApiErrorJson>).error ?? {
    code: 'unknown',
    message: `The host answered ${response.status}.`,
    parameters: { status: response.status },
  };
  if (error.code === 'not-signed-in') signInOver();
  const wait = Number(response.headers.get('Retry-After'));
  throw new ApiError(response.status, error, wait > 0 ? wait : undefined);
}

const unreachable = (): ApiError =>
  new ApiError(0, { code: 'unreachable', message: 'The host does not answer.' });

/** Until `proof` is over a change says no password, and the host takes it. */
const withPassword = (edit: AppEdit, password: string | undefined): AppEdit =>
  password === undefined ? edit : { ...edit, password };

const segment = encodeURIComponent;

/** Every call that the pages make; what they show comes by itself through `live`. */
export const api = {
  session: () => request<SignIn>('GET', 'session'),
  setup: (secret: string, password: string) =>
    request<undefined, Setup>('POST', 'setup', { secret, password }),
  login: (password: string) => request<undefined, Login>('POST', 'login', { password }),
  useLink: (token: string) => request<SignedInByLink, UsedLink>('POST', 'login-link', { token }),
  logout: () => request<undefined>('POST', 'logout'),
  changePassword: (password: string, newPassword: string) =>
    request<undefined, PasswordChange>('PUT', 'password', { password, newPassword }),

  settings: () => request<SettingsJson>('GET', 'settings'),
  /** @param version of the setting as it was seen; undefined: whatever it is now */
  changeSetting: (
    { name, version }: { name: string; version?: string },
    value: unknown,
    password?: string,
  ) =>
    request<SettingsJson, object>('PATCH', 'settings', {
      settings: { [name]: value },
      ...(version !== undefined && { versions: { [name]: version } }),
      password,
    }),
  doctor: () => request<DoctorJson>('GET', 'doctor'),
  log: (after: number) => request<{ lines: LogLine[] }>('GET', `log?after=${after}`),

  endSession: (id: number) => request<undefined>('DELETE', `sessions/${id}`),

  applyFix: (id: number) => request<Session>('POST', `sessions/${id}/fix`),
  undoFix: (id: number) => request<Session>('DELETE', `sessions/${id}/fix`),

  changeDevice: (fingerprint: string, change: DeviceChange) =>
    request<Device, DeviceChange>('PATCH', `devices/${segment(fingerprint)}`, change),
  removeDevice: (fingerprint: string) =>
    request<undefined>('DELETE', `devices/${segment(fingerprint)}`),

  shortfalls: (fingerprint: string) =>
    request<ShortfallsJson>('GET', `devices/${segment(fingerprint)}/shortfalls`),

  allowPairing: (enabled: boolean) =>
    request<undefined, PairingSwitch>('PUT', 'pairing', { enabled }),
  answerPairing: (id: string, pin: string, name: string) =>
    request<PairingOutcome, PairingAnswerInput>('POST', 'pairing/answer', {
      request: id,
      pin,
      ...(name ? { name } : {}),
    }),
  refusePairing: (id: string) => request<undefined>('DELETE', `pairing/${segment(id)}`),

  /** @param password undefined: it was given a moment ago */
  addApp: (app: AppInput, password: string | undefined) =>
    request<App, AppEdit>('POST', 'apps', withPassword({ app }, password)),
  /** @param version of the app as it was seen; undefined: whatever it is now */
  changeApp: (
    { id, version }: { id: string; version?: string },
    app: AppInput,
    password: string | undefined,
  ) =>
    request<App, AppEdit>(
      'PUT',
      `apps/${segment(id)}`,
      withPassword({ app, ...(version !== undefined && { version }) }, password),
    ),
  findApps: () => request<FoundApps>('GET', 'apps/found'),
  tryApp: (app: AppInput, password: string | undefined) =>
    request<Trial, AppEdit>('POST', 'apps/trial', withPassword({ app }, password)),
  removeApp: (id: string) => request<undefined>('DELETE', `apps/${segment(id)}`),
  orderApps: (ids: string[]) => request<undefined, AppOrder>('PUT', 'app-order', { ids }),
  uploadArt: (id: string, png: Blob) => request<App, Blob>('PUT', `apps/${segment(id)}/art`, png),
  removeArt: (id: string) => request<App>('DELETE', `apps/${segment(id)}/art`),
};
