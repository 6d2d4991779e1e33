/** Which commands carry a secret, so that the authenticator must check it before the hub sees the command. */
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/core/text/text.js';
import { isUnverifiedCommand } from '../../src/core/unverified-command.js';

describe('isUnverifiedCommand', () => {
  it('a command with a secret is unverified, any other command is not', () => {
    expect(isUnverifiedCommand({ kind: 'lock', key: 'our-key' })).toBe(true);
    expect(isUnverifiedCommand({ kind: 'register', password: 'correct-horse' })).toBe(true);
    expect(isUnverifiedCommand({ kind: 'say', text: cleanText('hi') })).toBe(false);
    expect(isUnverifiedCommand({ kind: 'toString' })).toBe(false);
  });
});
