/** The proxies that may state the address of their client (TRUSTED_PROXIES). */
import { isIP } from 'node:net';
import { AddressBlocks } from './address-blocks.js';

export class TrustedProxies {
  readonly #blocks: AddressBlocks | null;

  /** @param blocks addresses and CIDR blocks */
  constructor(blocks: readonly string[]) {
    this.#blocks = blocks.length === 0 ? null : new AddressBlocks(blocks);
  }

  /** The peer of a Unix socket has no address, and is on this machine. */
  includes(address: string): boolean {
    return (
      this.#blocks?.includes(isIP(address) === 0 && !address.includes('%') ? '127.0.0.1' : address) ?? false
    );
  }
}
