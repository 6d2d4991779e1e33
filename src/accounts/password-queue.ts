/**
 * Hashes passwords one at a time with a short queue, and delays attempts after failures: a hash takes a third of a
 * second of CPU time and 128 MiB, so clients must not be able to request many.
 */
import type { Clock, HashPurpose, LoginAttempt, PasswordVerifier, SecretOrigin } from '../core/ports.js';
import { HashQueue, type HashRequest } from './hash-queue.js';
import { LoginThrottle } from './login-throttle.js';
import { RegistrationLimit } from './registration-limit.js';
import type { Hasher } from './scrypt.js';

/** `busy` is answered after this time: clients that repeat their attempt at once take CPU time from the hashes. */
const BUSY_DELAY_MS = 200;

export interface PasswordQueueOptions {
  readonly hasher: Hasher;
  readonly clock: Clock;
  /** Whether the limits of addresses do not apply to this one. */
  isExempt?(address: string): boolean;
  /** Whether this is a proxy, which passes on the connections of many clients. */
  isTrustedProxy?(address: string): boolean;
}

export class PasswordQueue implements PasswordVerifier {
  readonly #hasher: Hasher;
  readonly #clock: Clock;
  readonly #isExempt: (address: string) => boolean;
  readonly #isTrustedProxy: (address: string) => boolean;
  readonly #queue = new HashQueue();
  readonly #throttle = new LoginThrottle();
  readonly #registrations = new RegistrationLimit();
  /** Connections that have given a wrong password. */
  readonly #guessers = new WeakSet<object>();
  /** When connections began to ask for a check, also if all that they got since is `busy`. */
  readonly #askedAt = new WeakMap<object, number>();
  /** Ends a delay early. */
  readonly #delays = new Set<() => void>();
  #isStopped = false;

  constructor(options: PasswordQueueOptions) {
    const { hasher, clock } = options;
    this.#hasher = hasher;
    this.#clock = clock;
    this.#isExempt = (address) => options.isExempt?.(address) ?? false;
    this.#isTrustedProxy = (address) => options.isTrustedProxy?.(address) ?? false;
  }

  async hash(
    secret: string,
    purpose: HashPurpose,
    origin: SecretOrigin,
  ): Promise<{ readonly hash: string } | 'busy' | 'too-many-registrations'> {
    const isRegistration = purpose === 'register';
    if (isRegistration && this.#hasTooManyRegistrations(origin)) return 'too-many-registrations';
    const priority = purpose === 'change-password' ? 'normal' : 'replaceable';
    const result = await this.#queue.run(this.#request(origin, priority), async () => {
      if (!origin.isStillWanted()) return 'busy';
      // Others from the same address may have registered while this one waited.
      if (isRegistration && this.#hasTooManyRegistrations(origin)) return 'too-many-registrations';
      if (isRegistration) this.#registrations.record(origin.address, this.#clock.elapsed());
      return { hash: await this.#hasher.hash(secret) };
    });
    if (result === 'busy') await this.#delayBusy(origin);
    return result;
  }

  async verify(secret: string, hash: string, attempt: LoginAttempt): Promise<'right' | 'wrong' | 'busy'> {
    if (!this.#askedAt.has(attempt.connection)) this.#askedAt.set(attempt.connection, this.#clock.elapsed());
    const result = await (this.#isShared(attempt.address)
      ? this.#verifyThenDelay(secret, hash, attempt)
      : this.#delayThenVerify(secret, hash, attempt));
    if (result === 'busy') await this.#delayBusy(attempt);
    else this.#askedAt.delete(attempt.connection);
    return result;
  }

  failures(address: string, subject: string): number {
    return this.#throttle.failuresOf(address, subject, this.#clock.elapsed());
  }

  /** Ends all delays; the delayed attempts, and later ones, get `busy`. */
  stop(): void {
    this.#isStopped = true;
    for (const end of this.#delays) end();
  }

  /** A delayed attempt waits for a place in the queue as well; otherwise its delay would be wasted. */
  async #delayThenVerify(
    secret: string,
    hash: string,
    attempt: LoginAttempt,
  ): Promise<'right' | 'wrong' | 'busy'> {
    const since = this.#clock.elapsed();
    const readyInMs = () => this.#readyAt(attempt, since) - this.#clock.elapsed();
    let isDelayed = false;
    for (;;) {
      for (let ms = readyInMs(); ms > 0 && !this.#isStopped; ms = readyInMs()) {
        isDelayed = true;
        await this.#delay(ms);
      }
      if (this.#isStopped) return 'busy';
      const result = await this.#queue.run(
        this.#verification(attempt),
        // Other attempts for the name may have failed while this one was queued.
        async () => (readyInMs() > 0 ? 'early' : this.#check(secret, hash, attempt)),
        isDelayed,
      );
      if (result !== 'early') return result;
    }
  }

  /**
   * At an address that many clients share, strangers may guess at the same name as its owner. So the right password is
   * not delayed there, but the answer to a wrong one is.
   */
  async #verifyThenDelay(
    secret: string,
    hash: string,
    attempt: LoginAttempt,
  ): Promise<'right' | 'wrong' | 'busy'> {
    if (this.#isStopped) return 'busy';
    const since = this.#clock.elapsed();
    let answerAt = since;
    const result = await this.#queue.run(this.#verification(attempt), async () => {
      answerAt = this.#readyAt(attempt, since);
      return this.#check(secret, hash, attempt);
    });
    const ms = answerAt - this.#clock.elapsed();
    if (result === 'wrong' && ms > 0 && !this.#isStopped) await this.#delay(ms);
    return result;
  }

  async #check(
    secret: string,
    hash: string,
    { address, subject, connection, isStillWanted }: LoginAttempt,
  ): Promise<'right' | 'wrong'> {
    if (!isStillWanted()) return 'wrong';
    if (await this.#hasher.matches(secret, hash)) {
      this.#throttle.recordSuccess(address, subject);
      return 'right';
    }
    this.#throttle.recordFailure(address, subject, this.#clock.elapsed());
    this.#guessers.add(connection);
    return 'wrong';
  }

  #readyAt({ address, subject }: LoginAttempt, since: number): number {
    return this.#throttle.readyAt(address, subject, this.#isShared(address), since, this.#clock.elapsed());
  }

  #hasTooManyRegistrations({ address }: SecretOrigin): boolean {
    return this.#registrations.isReached(address, this.#isShared(address), this.#clock.elapsed());
  }

  #verification(attempt: LoginAttempt): HashRequest {
    const failures = this.#guessers.has(attempt.connection)
      ? Number.POSITIVE_INFINITY
      : this.#throttle.failuresOf(attempt.address, attempt.subject, this.#clock.elapsed());
    return this.#request(attempt, attempt.isRegisteredLogin ? 'login' : 'normal', failures);
  }

  #request(
    { address, subject, connection }: SecretOrigin,
    priority: HashRequest['priority'],
    failures = 0,
  ): HashRequest {
    const askedAt = this.#askedAt.get(connection) ?? this.#clock.elapsed();
    return { address, subject, priority, failures, askedAt, isShared: this.#isShared(address) };
  }

  #isShared(address: string): boolean {
    return this.#isExempt(address) || this.#isTrustedProxy(address);
  }

  async #delayBusy({ isStillWanted }: SecretOrigin): Promise<void> {
    if (isStillWanted() && !this.#isStopped) await this.#delay(BUSY_DELAY_MS);
  }

  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        this.#delays.delete(end);
        resolve();
      };
      const timer = this.#clock.after(ms, end);
      this.#delays.add(end);
    });
  }
}
