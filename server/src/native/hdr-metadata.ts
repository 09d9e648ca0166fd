/** How bright a picture in HDR10 is and was meant to be seen: units as the kernel's HDMI metadata has them (protocol 2 §B.5). */
export interface HdrMetadata {
  /** x and y of red, green, blue in 1/50000 */
  readonly primaries: readonly [number, number, number, number, number, number];
  readonly whitePoint: readonly [number, number];
  /** nit */
  readonly maxLuminance: number;
  /** 1/10000 nit */
  readonly minLuminance: number;
  readonly maxContentLight: number;
  readonly maxFrameAverageLight: number;
  readonly maxFullFrameLuminance: number;
}
