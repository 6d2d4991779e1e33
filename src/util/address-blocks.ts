/** Sets of IP addresses, given as single addresses and CIDR blocks: exempt from limits, or banned. */
import { BlockList, isIP } from 'node:net';

export class AddressBlocks {
  readonly #list = new BlockList();

  /**
   * @param blocks such as `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`
   * @throws if one of them is invalid
   */
  constructor(blocks: readonly string[]) {
    for (const block of blocks) {
      const [address = '', bits] = block.split('/');
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  /** False for a text that is not an address. The zone of a link-local address is ignored. */
  includes(address: string): boolean {
    const [withoutZone = ''] = address.split('%');
    const version = isIP(withoutZone);
    return version !== 0 && this.#list.check(withoutZone, version === 4 ? 'ipv4' : 'ipv6');
  }
}
