/**
 * The queue of password hashes. One hash runs at a time; the places to wait in are few, and each address has a share of
 * them, so that one address cannot keep all others out.
 */
import { networkOf } from '../util/address.js';

/** Requests that may wait while one is being hashed. */
const MAX_WAITING = 16;
/** How many of them may come from one address. */
const MAX_PER_ADDRESS = 2;
/** The same for an address that many clients share. */
const MAX_PER_SHARED_ADDRESS = 8;
/** How many of the requests from a shared address may be for one name. */
const MAX_PER_NAME = 2;

/** A request for a hash: the address that it is from, and the name that it is for. */
export interface HashRequest {
  readonly address: string;
  /** Many clients share the address: it is exempt from limits, or a trusted proxy. */
  readonly isShared: boolean;
  /** The folded name, or `#` and a folded room name. */
  readonly subject: string;
  /**
   * `login`: of a registered name; it is served first. `replaceable`: a login from the same address may take its place.
   */
  readonly priority: 'login' | 'normal' | 'replaceable';
  /**
   * Wrong passwords for the name from the address, or Infinity if the connection itself has given one. A login with
   * fewer is served first.
   */
  readonly failures: number;
  /** When the connection first asked for it, if it got only `busy` since. By the monotonic clock. */
  readonly askedAt: number;
}

interface Waiting extends HashRequest {
  readonly network: string;
  /** It keeps its place: it has served a delay for it. */
  readonly keepsPlace: boolean;
  /** Ends the wait: the hash may run, or its place is lost. */
  readonly settle: (outcome: 'run' | 'busy') => void;
}

export class HashQueue {
  readonly #waiting: Waiting[] = [];
  /** Requests that get a place as soon as their address has one; they hold none yet. */
  readonly #parked: Waiting[] = [];
  #isBusy = false;
  #lastNetwork = '';

  /**
   * Queues `work` and runs it in its order. `busy`: no place is free. With `waitsForPlace` it waits for one instead.
   */
  async run<Result>(
    request: HashRequest,
    work: () => Promise<Result>,
    waitsForPlace = false,
  ): Promise<Result | 'busy'> {
    const network = networkOf(request.address);
    if (this.#isBusy) {
      const outcome = await new Promise<'run' | 'busy'>((settle) =>
        this.#enter({ ...request, network, keepsPlace: waitsForPlace, settle }, waitsForPlace),
      );
      if (outcome === 'busy') return 'busy';
    }
    this.#isBusy = true;
    this.#lastNetwork = network;
    try {
      return await work();
    } finally {
      this.#startNext();
    }
  }

  #enter(request: Waiting, waitsForPlace: boolean): void {
    if (this.#hasPlaceFor(request)) this.#waiting.push(request);
    else if (this.#replaceFor(request)) this.#waiting.push(request);
    else if (waitsForPlace) this.#parked.push(request);
    else request.settle('busy');
  }

  /** `without`: a waiting request that would give up its place. */
  #hasPlaceFor({ network, isShared, subject }: Waiting, without?: Waiting): boolean {
    const others = this.#waiting.filter((other) => other !== without);
    if (others.length >= MAX_WAITING) return false;
    const neighbours = others.filter((other) => other.network === network);
    if (!isShared) return neighbours.length < MAX_PER_ADDRESS;
    const namesakes = neighbours.filter((other) => other.subject === subject);
    return neighbours.length < MAX_PER_SHARED_ADDRESS && namesakes.length < MAX_PER_NAME;
  }

  /**
   * Takes the place of the newest REGISTER, LOCK, guess or later login from the same address, if that makes room for a
   * login. So logins of new connections cannot always overtake one that is repeated on `busy`.
   */
  #replaceFor(login: Waiting): boolean {
    if (login.priority !== 'login') return false;
    const index = this.#waiting.findLastIndex(
      (other) =>
        (other.priority === 'replaceable' || precedes(login, other)) &&
        other.network === login.network &&
        this.#hasPlaceFor(login, other),
    );
    if (index < 0) return false;
    for (const replaced of this.#waiting.splice(index, 1)) replaced.settle('busy');
    return true;
  }

  #startNext(): void {
    const next = this.#takeNext();
    if (next === undefined) {
      this.#isBusy = false;
      return;
    }
    this.#unpark();
    next.settle('run');
  }

  /** A login, of a name with the fewest failures, if possible from another address than the last; else the oldest. */
  #takeNext(): Waiting | undefined {
    const logins = this.#waiting.filter(({ priority }) => priority === 'login');
    const fewest = Math.min(...logins.map(({ failures }) => failures));
    const candidates =
      logins.length === 0 ? this.#waiting : logins.filter(({ failures }) => failures === fewest);
    const next = candidates.find(({ network }) => network !== this.#lastNetwork) ?? candidates[0];
    if (next !== undefined) this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }

  /** Those with the fewest failures first: a connection that has given a wrong password waits behind the others. */
  #unpark(): void {
    for (const request of this.#parked.toSorted(byFailures)) {
      if (!this.#hasPlaceFor(request)) continue;
      this.#parked.splice(this.#parked.indexOf(request), 1);
      this.#waiting.push(request);
    }
  }
}

function byFailures(one: HashRequest, other: HashRequest): number {
  return one.failures === other.failures ? 0 : one.failures - other.failures;
}

/** Whether a login may take the place of another request that waits. */
function precedes(login: Waiting, other: Waiting): boolean {
  if (isGuess(login)) return false;
  return isGuess(other) || (other.priority === 'login' && !other.keepsPlace && login.askedAt < other.askedAt);
}

/** The connection has given a wrong password before. */
function isGuess({ failures }: HashRequest): boolean {
  return failures === Number.POSITIVE_INFINITY;
}
