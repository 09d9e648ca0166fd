/** The TCP ports that a host listens on, and for what. @param base the plain-HTTP port (protocol 1 §1.1) */
export function portsOf(
  base: number,
  admin: number,
): readonly { readonly port: number; readonly purpose: string }[] {
  return [
    { port: base, purpose: 'GameStream' },
    { port: base - 5, purpose: 'GameStream, HTTPS' },
    { port: base + 21, purpose: 'RTSP' },
    { port: admin, purpose: 'admin' },
  ];
}
