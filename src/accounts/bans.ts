/** Bans of names and addresses, and mutes: in memory for checks, and in their table. Expired ones have no effect. */
import { isIP, SocketAddress } from 'node:net';
import type { Ban, Bans as BansPort } from '../core/accounts.js';
import { networkOf } from '../util/address.js';
import type { Journal } from '../database/journal.js';
import { AddressBlocks } from '../util/address-blocks.js';
import type { Table } from './table.js';

type Kind = Ban['kind'];

/** The bits before the IPv4 address in an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2). */
const IPV4_BITS_FROM = 96;

/** Any other loopback address begins with 127. */
const LOOPBACK = ['127.0.0.1', '::1'];

/** Before any time that a clock can show: one before 1970 is negative. */
const NEVER = Number.NEGATIVE_INFINITY;

export interface BanRow {
  readonly kind: Kind;
  readonly target: string;
  readonly shown: string;
  /** Milliseconds since 1970; null for a permanent one. */
  readonly until: number | null;
  readonly by: string;
  readonly reason: string;
}

export class Bans implements BansPort {
  readonly #table: Table<BanRow>;
  readonly #journal: Journal;
  readonly #byKind: Record<Kind, Map<string, Ban>> = {
    'banned-name': new Map(),
    'banned-address': new Map(),
    muted: new Map(),
  };
  /** The banned address blocks, by their target. */
  readonly #blocks = new Map<string, AddressBlocks>();

  constructor(table: Table<BanRow>, journal: Journal) {
    this.#table = table;
    this.#journal = journal;
    this.#load();
  }

  /** Reads all bans from the table, after another program changed them. */
  reload(): void {
    for (const bans of Object.values(this.#byKind)) bans.clear();
    this.#blocks.clear();
    this.#load();
  }

  add(ban: Ban): void {
    const { until } = ban;
    this.#restoreOnUndo(ban.kind, ban.target);
    this.#table.put({ ...ban, until: until === Number.POSITIVE_INFINITY ? null : until });
    this.#add(ban);
  }

  remove(kind: Kind, target: string): void {
    if (!this.has(kind, target)) return;
    this.#restoreOnUndo(kind, target);
    this.#table.remove({ kind, target });
    this.#drop(kind, target);
  }

  has(kind: Kind, target: string): boolean {
    return this.#byKind[kind].has(target);
  }

  bans(at: number): readonly Ban[] {
    return [...this.#byKind['banned-name'].values(), ...this.#byKind['banned-address'].values()].filter(
      ({ until }) => at < until,
    );
  }

  isNameBanned(fold: string, at: number): boolean {
    return at < (this.#byKind['banned-name'].get(fold)?.until ?? NEVER);
  }

  isAddressBanned(address: string, at: number): boolean {
    for (const [block, addresses] of this.#blocks)
      if (at < (this.#byKind['banned-address'].get(block)?.until ?? NEVER) && addresses.includes(address))
        return true;
    return false;
  }

  addressTest(block: string): (address: string) => boolean {
    const addresses = addressesOf(block);
    return (address) => addresses.includes(address);
  }

  holdsLoopback(block: string): boolean {
    return /^127\./.test(block) || LOOPBACK.some(this.addressTest(block));
  }

  blockOf(typed: string): string | null {
    const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(typed) ?? [];
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    if (version === 0 || Number(bits ?? 0) > most) return null;
    const plain = new SocketAddress({ address, family: version === 4 ? 'ipv4' : 'ipv6' }).address;
    const [, inIPv6] = /^::ffff:([\d.]+)$/.exec(plain) ?? [];
    // An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is treated as its IPv4 address.
    if (inIPv6 !== undefined && Number(bits ?? most) >= IPV4_BITS_FROM)
      return this.blockOf(`${inIPv6}/${Number(bits ?? most) - IPV4_BITS_FROM}`);
    return bits === undefined || Number(bits) === most ? plain : `${plain}/${Number(bits)}`;
  }

  mutedUntil(fold: string): number {
    return this.#byKind.muted.get(fold)?.until ?? NEVER;
  }

  #restoreOnUndo(kind: Kind, target: string): void {
    const before = this.#byKind[kind].get(target);
    this.#journal.onUndo(() => {
      if (before === undefined) this.#drop(kind, target);
      else this.#add(before);
    });
  }

  #load(): void {
    for (const row of this.#table.rows()) this.#add({ ...row, until: row.until ?? Number.POSITIVE_INFINITY });
  }

  #add(ban: Ban): void {
    const { kind, target } = ban;
    this.#byKind[kind].set(target, ban);
    if (kind === 'banned-address') this.#blocks.set(target, addressesOf(target));
  }

  #drop(kind: Kind, target: string): void {
    this.#byKind[kind].delete(target);
    if (kind === 'banned-address') this.#blocks.delete(target);
  }
}

/** A single IPv6 address stands for its /64: a host has all of those, and can change between them. */
function addressesOf(target: string): AddressBlocks {
  return new AddressBlocks([target.includes('/') ? target : networkOf(target)]);
}
