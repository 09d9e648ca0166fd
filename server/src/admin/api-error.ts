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

/** What a page needs to say an error in its own language, and where it belongs. */
export interface ApiErrorDetails {
  /** which case of the code it is, in a word: a page may have a sentence for it */
  readonly reason?: string | undefined;
  /** what goes into the sentence */
  readonly parameters?: Readonly<Record<string, string | number>> | undefined;
  /** where in the body it is: `app.environment.NAME` */
  readonly field?: string | undefined;
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
    const { reason, parameters, field } = this.details;
    return { error: { code: this.code, message: this.message, reason, parameters, field } };
  }
}

/** The codes with their HTTP status, as the documentation lists them. */
export function apiErrorStatuses(): readonly (readonly [ApiErrorCode, number])[] {
  return Object.entries(STATUS) as [ApiErrorCode, number][];
}
