/** The hosts that stand for addresses. */
import { describe, expect, it } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.js';

describe('the host of an address', () => {
  it('the host of an address is the same for every request, and another one for another address', () => {
    const { cloak } = AccountStore.inMemory();

    expect(cloak.hostOf('192.0.2.1')).toBe(cloak.hostOf('192.0.2.1'));
    expect(cloak.hostOf('2001:db8::1')).toBe(cloak.hostOf('2001:db8::2'));
    expect(cloak.hostOf('192.0.2.1')).not.toBe(cloak.hostOf('192.0.2.2'));
  });

  it('the host of an address follows the key that the servers agree on', () => {
    const [one, other] = [AccountStore.inMemory().cloak, AccountStore.inMemory().cloak];
    const before = one.hostOf('192.0.2.1');

    one.agree(other.key);

    expect(one.hostOf('192.0.2.1')).not.toBe(before);
    expect(one.hostOf('192.0.2.1')).toBe(other.hostOf('192.0.2.1'));
  });
});
