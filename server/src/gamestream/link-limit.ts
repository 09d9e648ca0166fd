/** What the way to a device carries, and how that is known. */
export interface LinkLimit {
  readonly kbps: number;
  /** `set`: by the owner, `--link-kbps`; `measured`: by a speed test that ran from the device's address */
  readonly from: 'set' | 'measured';
}
