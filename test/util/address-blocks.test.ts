/** Sets of addresses and CIDR blocks. */
import { describe, expect, it } from 'vitest';
import { AddressBlocks } from '../../src/util/address-blocks.js';

describe('address blocks', () => {
  const blocks = new AddressBlocks(['10.0.0.1', '192.168.0.0/16', '2001:db8::/32', 'fe80::1']);

  it.each(['10.0.0.1', '192.168.255.3', '2001:db8:1::9', 'fe80::1', 'fe80::1%eth0', '::ffff:10.0.0.1'])(
    'a set of address blocks includes %s',
    (address) => {
      expect(blocks.includes(address)).toBe(true);
    },
  );

  it.each(['10.0.0.2', '192.169.0.1', '2001:db9::1', 'fe80::2', '', 'unknown'])(
    'a set of address blocks does not include %j',
    (address) => {
      expect(blocks.includes(address)).toBe(false);
    },
  );

  it.each(['10.0.0', '10.0.0.0/33', 'localhost', ''])(
    'a set of address blocks cannot be made of %j',
    (block) => {
      expect(() => new AddressBlocks([block])).toThrow();
    },
  );
});
