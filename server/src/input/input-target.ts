import type { SourceArea } from '../native/media-addon.ts';
import type { EiRoute } from './ei/ei-route.ts';

/** What leads to a desktop by a way of its own. */
export interface InputRoute {
  readonly x11Display?: string;
  readonly ei?: EiRoute;
  readonly wlroots?: { readonly display: string; readonly output: string };
}

/** Where a session's input goes; devices are opened by the control plane when the client connects. */
export interface InputTarget extends InputRoute {
  /** `none`: input is counted and dropped */
  readonly backend: 'uinput' | 'xtest' | 'ei' | 'wlroots' | 'none';
  /** of `none`: that something was pressed is told */
  readonly tellsPresses?: true;
  /** of `uinput`, whose keys are positions and no characters: the desktop's own way, by which text is typed */
  readonly text?: InputRoute & { readonly backend: 'xtest' | 'ei' | 'wlroots' };
  /** what the device may not use: it is counted and dropped */
  readonly refused?: { readonly pointerKeyboard?: true; readonly controllers?: true };
  /** size of the streamed picture */
  readonly width: number;
  readonly height: number;
  /** what of the desktop the picture shows, centred in it; absent: all of both */
  readonly source?: SourceArea;
}
