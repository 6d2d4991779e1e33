/** IP addresses as text: for the log, and as keys of limits. */

/** The address of a socket. An IPv4 address inside an IPv6 one is plain IPv4: `::ffff:10.0.0.1` is `10.0.0.1`. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** `10.0.0.1:4000`, `[::1]:4000`. */
export function peerName(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The key for limits per address. An IPv6 host usually has a whole /64, so that counts as one address. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const groups = ipv6Groups(address).slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, without its zone: `2001:db8::1` is 0x2001, 0xdb8, 0, 0, 0, 0, 0, 1. */
export function ipv6Groups(address: string): number[] {
  const [withoutZone = ''] = address.split('%');
  const [head = '', tail = ''] = withoutZone.split('::');
  const left = groupsIn(head);
  const right = groupsIn(tail);
  const zeros = new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0);
  return [...left, ...zeros, ...right];
}

/** Groups between colons. The last two may be written as an IPv4 address (RFC 4291, 2.2). */
function groupsIn(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
