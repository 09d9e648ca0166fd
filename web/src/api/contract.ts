/**
 * What the pages and the host say to each other: types of the shapes that the host checks and serves by, and nothing of
 * them in the bundle.
 */
import type { AppEdit, AppJson } from '../../../server/src/admin/resources/app-shapes.ts';
import type { DoctorJson } from '../../../server/src/admin/resources/doctor-shapes.ts';
import type {
  CaptureJson,
  CaptureSamplesJson,
  RecordingHeaderJson,
  RecordingJson,
  RecordingsJson,
  VerdictJson,
} from '../../../server/src/admin/resources/capture-shapes.ts';
import type { DeviceJson } from '../../../server/src/admin/resources/device-shapes.ts';
import type { FoundAppsJson } from '../../../server/src/admin/resources/found-app-shapes.ts';
import type { HostStatus, StateJson } from '../../../server/src/admin/resources/host-shapes.ts';
import type { PairingJson } from '../../../server/src/admin/resources/pairing-shapes.ts';
import type { SessionJson } from '../../../server/src/admin/resources/session-shapes.ts';

export type {
  AccountJson,
  Login,
  PasswordChange,
  Setup,
  SignIn,
} from '../../../server/src/admin/resources/account-shapes.ts';
export type {
  AppEdit,
  AppOrder,
  TrialJson as Trial,
} from '../../../server/src/admin/resources/app-shapes.ts';
export type {
  CaptureChange,
  RecordingChange,
  RecordingWish,
  StoppedCapture,
} from '../../../server/src/admin/resources/capture-shapes.ts';
export type { BackupWish } from '../../../server/src/admin/resources/backup-shapes.ts';
export type {
  ImportOfferJson as ImportOffer,
  ImportReportJson as ImportReport,
  LeftBehindJson as LeftBehind,
  ImportWish,
} from '../../../server/src/admin/resources/import-shapes.ts';
export type {
  BegunTestJson as BegunNetworkTest,
  NetworkAdviceJson as NetworkAdvice,
} from '../../../server/src/admin/resources/network-shapes.ts';
export type { DeviceChange } from '../../../server/src/admin/resources/device-shapes.ts';
export type { ApiErrorJson, HostStatus } from '../../../server/src/admin/resources/host-shapes.ts';
export type {
  SignedInByLink,
  UsedLink,
} from '../../../server/src/admin/resources/login-link-shapes.ts';
export type {
  PairingAnswerInput,
  PairingOutcome,
  PairingSwitch,
} from '../../../server/src/admin/resources/pairing-shapes.ts';

export type {
  MadeToken,
  NewToken,
  TokenJson as Token,
} from '../../../server/src/admin/resources/token-shapes.ts';
export type { Scope as TokenScope } from '../../../server/src/admin/scopes.ts';
export type { FaultChange, FaultsJson } from '../../../server/src/admin/resources/fault-shapes.ts';
export type { DoctorJson } from '../../../server/src/admin/resources/doctor-shapes.ts';
export type { LogLineJson as LogLine } from '../../../server/src/admin/resources/log-shapes.ts';
export type {
  SettingJson as Setting,
  SettingsJson,
} from '../../../server/src/admin/resources/settings-shapes.ts';

export type { ShortfallsJson } from '../../../server/src/admin/resources/shortfall-shapes.ts';

export type State = StateJson;
export type Part = HostStatus['sources'][number] & { readonly codecs?: readonly string[] };
/** Something that went wrong, the last of `count` times at `at`. */
export type Problem = HostStatus['problems'][number];

export type Session = SessionJson;
export type Verdict = VerdictJson;
export type Capture = CaptureJson;
export type CaptureSamples = CaptureSamplesJson;
export type Recording = RecordingJson;
export type Recordings = RecordingsJson;
export type RecordingHeader = RecordingHeaderJson;
/** `at`: milliseconds since the recording began */
export type RecordedEvent = SessionJson['events'][number];
export type Figures = SessionJson['figures'];
export type ThreadClass = NonNullable<Figures['threads']>['capture'];
export type Adaptation = NonNullable<SessionJson['adaptation']>;

export type Device = DeviceJson;
export type Finding = DoctorJson['findings'][number];
export type PairingRequest = PairingJson['requests'][number];

export type FoundApps = FoundAppsJson;
export type FoundApp = FoundAppsJson['apps'][number];
export type App = AppJson;
export type AppInput = AppEdit['app'];
