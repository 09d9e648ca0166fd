/** Descriptors on their way from the control process to a media process (SCM_RIGHTS); Node passes none but sockets. */
export interface DescriptorAddon {
  /** Two connected sockets, one for each process. Throws a sentence when there are none. */
  descriptorSockets(): [number, number];
  /** Sends 1 to 8 descriptors as one message; they stay open here. Throws a sentence when it does not go. */
  sendDescriptors(socket: number, descriptors: readonly number[]): void;
  /** The descriptors of the next message, which must have been sent by now. Throws a sentence otherwise. */
  receiveDescriptors(socket: number): number[];
}
