/** IP addresses as text. */
import { describe, expect, it } from 'vitest';
import { ipv6Groups, networkOf, peerName, plainAddress } from '../../src/util/address.js';

describe('the address of a peer', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '::ffff:a00:1'],
    ['2001:db8::1', '2001:db8::1'],
    [undefined, 'unknown'],
  ])('the peer address %s is written %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });

  it('the address of a peer is in brackets before a port if it is an IPv6 address', () => {
    expect(peerName('10.0.0.1', 4000)).toBe('10.0.0.1:4000');
    expect(peerName('::1', 4000)).toBe('[::1]:4000');
  });
});

describe('the network that counts as one address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('the network of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the groups of an IPv6 address', () => {
  it.each([
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['1::', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['1:2:3:4:5:6:7:ffff', [1, 2, 3, 4, 5, 6, 7, 0xffff]],
    ['::ffff:127.0.0.1', [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1]],
    ['fe80::1%eth0', [0xfe80, 0, 0, 0, 0, 0, 0, 1]],
  ])('the groups of an IPv6 address are eight numbers: %s', (address, groups) => {
    expect(ipv6Groups(address)).toEqual(groups);
  });
});
