import type { SourceArea } from '../native/media-addon.ts';
import type { EiRoute } from './ei/ei-route.ts';

/** Where a session's input goes; devices are opened by the control plane when the client connects. */
export interface InputTarget {
  /** `none`: input is counted and dropped */
  readonly backend: 'uinput' | 'xtest' | 'ei' | 'wlroots' | 'none';
  readonly x11Display?: string;
  readonly ei?: EiRoute;
  readonly wlroots?: { readonly display: string; readonly output: string };
  /** size of the streamed picture */
  readonly width: number;
  readonly height: number;
  /** what of the desktop the picture shows, centred in it; absent: all of both */
  readonly source?: SourceArea;
}
