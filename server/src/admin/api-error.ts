/** Every code that an error of the API can carry; clients may switch on them, so they stay. */
export type ApiErrorCode =
  | 'invalid-request'
  | 'not-signed-in'
  | 'wrong-token'
  | 'scope-missing'
  | 'not-set-up'
  | 'already-set-up'
  | 'wrong-password'
  | 'wrong-secret'
  | 'link-over'
  | 'password-required'
  | 'too-many-attempts'
  | 'busy'
  | 'foreign-origin'
  | 'unknown-host'
  | 'public-address'
  | 'owner-only'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'nothing-waits'
  | 'several-wait'
  | 'body-too-large'
  | 'unsupported-body'
  | 'invalid-art'
  | 'invalid-recording'
  | 'not-stored'
  | 'internal';

const STATUS: Readonly<Record<ApiErrorCode, number>> = {
  'invalid-request': 400,
  'not-signed-in': 401,
  'wrong-token': 401,
  'scope-missing': 403,
  'not-set-up': 401,
  'already-set-up': 409,
  'wrong-password': 403,
  'wrong-secret': 403,
  'link-over': 403,
  'password-required': 403,
  'too-many-attempts': 429,
  busy: 503,
  'foreign-origin': 403,
  'unknown-host': 421,
  'public-address': 403,
  'owner-only': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'nothing-waits': 409,
  'several-wait': 409,
  'body-too-large': 413,
  'unsupported-body': 415,
  'invalid-art': 422,
  'invalid-recording': 422,
  'not-stored': 507,
  internal: 500,
};

/** What whoever asked can do about it, where the sentence itself does not say so already. */
const REMEDY: Partial<Record<ApiErrorCode, string>> = {
  'invalid-request': 'Correct what `field` names; openapi.json has the shape.',
  'not-signed-in': 'POST /api/v1/login, or send a token as Authorization: Bearer.',
  'wrong-token': 'Make another one on the Account page, or with earthshine ctl tokens add.',
  'scope-missing': 'Use a token that has the scope; the document names that of each route.',
  'not-set-up': 'POST /api/v1/setup with the secret that the host prints when it starts.',
  'already-set-up': 'POST /api/v1/login.',
  'wrong-password': 'earthshine ctl admin set-password on the machine sets another one.',
  'wrong-secret': 'Read it from the host’s output, or run earthshine ctl admin set-password.',
  'password-required': 'Send it again as `password` in the body.',
  'too-many-attempts': 'Wait as long as Retry-After says.',
  busy: 'Ask again in a moment.',
  'unknown-host': 'Ask by an address of the machine, or start the host with --admin-host.',
  'public-address': 'Use a VPN into the network, or start the host with --allow-public.',
  'not-found': 'Read the list again.',
  'method-not-allowed': 'The Allow header names the methods.',
  conflict: 'Read it again, and repeat the change if it still fits.',
  'nothing-waits': 'Start pairing on the device.',
  'several-wait': 'Name one of them as `request`.',
  'unsupported-body': 'Set Content-Type to what the route takes.',
  'invalid-art': 'Send a picture that fits.',
  'invalid-recording': 'Send the file as it was downloaded.',
  'not-stored': 'Make room on the disk.',
  internal: 'Read the host’s log; the support bundle of the Log page has it.',
};

/** What a page needs to say an error in its own language, and where it belongs. */
export interface ApiErrorDetails {
  /** which case of the code it is, in a word: a page may have a sentence for it */
  readonly reason?: string | undefined;
  /** what goes into the sentence */
  readonly parameters?: Readonly<Record<string, string | number>> | undefined;
  /** where in the body it is: `app.environment.NAME` */
  readonly field?: string | undefined;
  /** what whoever asked can do; absent: what the code has */
  readonly remedy?: string | undefined;
  /** seconds, for `Retry-After` */
  readonly retryAfter?: number | undefined;
}

/** An answer that is not a success: a code for the program, a sentence in English for the person. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;
  readonly details: ApiErrorDetails;

  constructor(code: ApiErrorCode, message: string, details: ApiErrorDetails = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = STATUS[code];
    this.details = details;
  }

  body(): { error: Omit<ApiErrorDetails, 'retryAfter'> & { code: ApiErrorCode; message: string } } {
    const { reason, parameters, field, remedy = REMEDY[this.code] } = this.details;
    return { error: { code: this.code, message: this.message, remedy, reason, parameters, field } };
  }
}

/** The codes with their HTTP status, as the documentation lists them. */
export function apiErrorStatuses(): readonly (readonly [ApiErrorCode, number])[] {
  return Object.entries(STATUS) as [ApiErrorCode, number][];
}
