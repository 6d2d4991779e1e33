/** A callback without effect: for 'error' events of sockets, which are always followed by 'close', and for defaults. */
export function noop(): void {}
