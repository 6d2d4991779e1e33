/** Logs in, keeps the connection, and comes back after it was lost. */
import type { Received } from '../../client/server-line.js';
import { Backoff } from './backoff.js';
import { type Answer, Channel, refusalOf } from './channel.js';
import type { Memory } from './memory.js';
import type { Platform } from './ports.js';
import type { EntryError } from './state.js';
import type { Signals } from './store.js';
import { Tabs } from './tabs.js';
import { endingOf, sentenceFor } from './words.js';

export interface SessionListener {
  onLive(received: Received): void;
  /** Logged in. `isFirst` in this tab; otherwise the connection is back. */
  onOnline(isFirst: boolean): void;
  onOffline(): void;
}

/** A name that its own lost connection still holds is free again soon. */
const MAX_TAKEN = 5;
const CANNOT_CONNECT = 'The server cannot be reached. Try again.';

interface Login {
  readonly name: string;
  readonly token: string | null;
  readonly resume: string | null;
  /** Only until the login is answered. */
  readonly password: string;
  readonly staysSignedIn: boolean;
}

export class Session {
  readonly #platform: Platform;
  readonly #signals: Signals;
  readonly #memory: Memory;
  readonly #listener: SessionListener;
  readonly #tabs: Tabs;
  #backoff: Backoff;
  #login: Login | null = null;
  #channel: Channel | null = null;
  #isOnline = false;
  /** A lost connection is taken up again: a login has succeeded, here or in the tab that this one was copied from. */
  #isKnown = false;
  /** No login has succeeded in this tab since the first screen. */
  #isFirst = true;
  #connectedAt = 0;
  #takenCount = 0;
  #parting = '';
  #retry: { cancel(): void } | null = null;

  constructor(platform: Platform, signals: Signals, memory: Memory, listener: SessionListener) {
    this.#platform = platform;
    this.#signals = signals;
    this.#memory = memory;
    this.#listener = listener;
    this.#backoff = new Backoff(() => platform.random());
    this.#tabs = new Tabs(platform, () => this.#stop('other-tab', ''));
  }

  /** The connection, once it is logged in. */
  get channel(): Channel | null {
    return this.#isOnline ? this.#channel : null;
  }

  /** Logs in as before the reload, if this tab was logged in. */
  start(): void {
    const { credentials, staysSignedIn } = this.#memory;
    this.#setEntry({ name: credentials?.name ?? this.#memory.lastName });
    if (credentials === null) return;
    this.#login = { ...credentials, password: '', staysSignedIn };
    this.#setEntry({ isBusy: true });
    this.#tabs.claim(credentials.name, (isFree) => {
      if (isFree) return this.#connect();
      this.#signals.self.value = { ...this.#signals.self.value, name: credentials.name };
      this.#signals.screen.value = 'chat';
      this.#isKnown = true;
      this.#stop('other-tab', '');
    });
  }

  enter(name: string, password: string, staysSignedIn: boolean): void {
    if (this.#signals.entry.value.isBusy) return;
    if (name === '' || /\s/.test(name)) return this.#refuse('name', sentenceFor('invalid-username'));
    if (/\s/.test(password)) return this.#refuse('password', 'A password has no spaces.');
    this.#login = { name, token: null, resume: null, password, staysSignedIn };
    this.#setEntry({ name, isBusy: true, error: null });
    this.#tabs.take(name, () => this.#connect());
  }

  /** At once, in place of the next attempt, or after the session was ended. */
  reconnect(): void {
    const login = this.#login;
    if (login === null || this.#isOnline) return;
    this.#backoff = new Backoff(() => this.#platform.random());
    this.#retry?.cancel();
    this.#channel?.close();
    this.#signals.connection.value = { kind: 'connecting', isAgain: true };
    this.#tabs.take(login.name, () => this.#connect());
  }

  /** The page is looked at again, or the network is back. */
  wake(): void {
    const { kind } = this.#signals.connection.value;
    if (this.#login === null || !this.#isKnown) return;
    if (kind === 'online') this.channel?.probe();
    if (kind === 'waiting' || (kind === 'idle' && this.#platform.isLookedAt())) this.#connect();
  }

  /** The words of the server before it closes. */
  part(text: string): void {
    this.#parting = text;
  }

  rename(name: string): void {
    if (this.#login === null) return;
    this.#login = { ...this.#login, name };
    this.#memory.lastName = name;
    this.#save();
  }

  /** A token for a registered name, in place of the password. */
  openSession(): void {
    const { channel } = this;
    channel?.request({ lines: ['SESSION'] }, ({ end }) => {
      const token = end?.tags.get('token');
      if (token === undefined || this.#login === null || channel !== this.#channel) return;
      this.#login = { ...this.#login, token, resume: null };
      this.#save();
    });
  }

  /** Revokes the token, and goes back to the first screen. */
  logOut(): void {
    const channel = this.#channel;
    const wasOnline = this.#isOnline;
    const isRegistered = this.#signals.self.value.isRegistered;
    this.#retry?.cancel();
    this.#tabs.release();
    this.#login = null;
    this.#isKnown = false;
    this.#isFirst = true;
    this.#isOnline = false;
    this.#channel = null;
    this.#memory.forgetSession();
    this.#setEntry({ isBusy: false, asksPassword: false, error: null });
    this.#signals.screen.value = 'enter';
    this.#signals.connection.value = { kind: 'none' };
    this.#listener.onOffline();
    if (!wasOnline || channel === null) return channel?.close();
    if (isRegistered) channel.request({ lines: ['SESSION END'] });
    channel.request({ lines: ['QUIT'] });
    this.#platform.clock.after(1000, () => channel.close());
  }

  #connect(): void {
    this.#retry?.cancel();
    this.#channel?.close();
    this.#parting = '';
    this.#isOnline = false;
    this.#signals.connection.value = { kind: 'connecting', isAgain: this.#isKnown };
    // After the log-out, what still comes on its connection is not for the page.
    const isCurrent = () => channel === this.#channel;
    const channel = new Channel(this.#platform, {
      onOpen: () => isCurrent() && this.#sendLogin(channel),
      onLive: (received) => {
        if (!isCurrent()) return;
        // Before the login, an ERR says why the server closes.
        if (!this.#isOnline && received.line.kind === 'err') this.#parting = received.line.code;
        else this.#listener.onLive(received);
      },
      onSlow: (isSlow) => {
        if (isCurrent() && this.#isOnline) this.#signals.connection.value = { kind: 'online', isSlow };
      },
      onClose: (code, reason) => {
        if (isCurrent()) this.#onClose(code, reason);
      },
    });
    this.#channel = channel;
  }

  #sendLogin(channel: Channel): void {
    const login = this.#login;
    if (login === null) return;
    const secret = login.token ?? login.password;
    const tags = login.resume === null ? {} : { resume: login.resume };
    const line = `LOGIN ${login.name}${secret === '' ? '' : ` ${secret}`}`;
    channel.request({ lines: [line], tags }, (answer) => {
      if (answer.end === null || channel !== this.#channel) return;
      const refusal = refusalOf(answer);
      if (refusal === null) this.#onLogin(login, answer);
      else this.#onRefused(login, refusal, answer);
    });
  }

  #onLogin(login: Login, { end }: Answer): void {
    const resume = end?.tags.get('resume') ?? null;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    this.#isKnown = true;
    this.#isOnline = true;
    this.#takenCount = 0;
    this.#connectedAt = this.#platform.clock.now();
    this.#login = { ...login, password: '', resume };
    this.#memory.lastName = login.name;
    this.#save();
    const isRegistered = resume === null && (login.token !== null || login.password !== '');
    this.#signals.self.value = { ...this.#signals.self.value, name: login.name, isRegistered };
    this.#signals.connection.value = { kind: 'online', isSlow: false };
    this.#setEntry({ isBusy: false, asksPassword: false, error: null });
    this.#signals.screen.value = 'chat';
    this.#listener.onOnline(isFirst);
    if (isRegistered && login.token === null) this.openSession();
  }

  #onRefused(login: Login, code: string, { end }: Answer): void {
    if (this.#isKnown && (code === 'busy' || (code === 'username-taken' && this.#takenCount++ < MAX_TAKEN))) {
      this.#channel?.close();
      return this.#waitFor('busy');
    }
    if (this.#isKnown && code === 'banned') return this.#stop('banned', sentenceFor(code));
    this.#channel?.close();
    this.#channel = null;
    this.#tabs.release();
    const wasKnown = this.#isKnown || login.token !== null;
    this.#isKnown = false;
    this.#isFirst = true;
    // A token that is not valid any more: the password is asked for.
    if (login.token !== null) this.#memory.setCredentials(null, false);
    this.#signals.screen.value = 'enter';
    this.#signals.connection.value = { kind: 'none' };
    if (wasKnown) this.#listener.onOffline();
    if (code === 'password-required') {
      const isFirstAsk = !this.#signals.entry.value.asksPassword;
      this.#setEntry({ asksPassword: true });
      return isFirstAsk && !wasKnown
        ? this.#setEntry({ isBusy: false, error: null })
        : this.#refuse('password', sentenceFor(code));
    }
    if (code === 'wrong-password') {
      this.#setEntry({ asksPassword: true });
      const text =
        login.token === null ? sentenceFor(code) : 'You were logged out. Enter the password again.';
      return this.#refuse('password', text);
    }
    this.#refuse('name', sentenceFor(code), end?.tags.get('try') ?? null);
  }

  #onClose(code: number, reason: string): void {
    const wasOnline = this.#isOnline;
    this.#channel = null;
    this.#isOnline = false;
    if (!this.#isKnown) {
      this.#tabs.release();
      this.#signals.connection.value = { kind: 'none' };
      const known = this.#parting === '' ? CANNOT_CONNECT : sentenceFor(this.#parting);
      return this.#refuse(this.#parting === 'too-many-attempts' ? 'password' : 'name', known);
    }
    if (wasOnline) this.#listener.onOffline();
    const ending = endingOf(code, reason === '' && this.#parting === 'banned' ? 'banned' : reason);
    switch (ending.kind) {
      case 'again':
        return this.#waitFor(ending.why);
      case 'idle':
        if (this.#platform.isLookedAt()) return this.#waitFor('lost');
        this.#signals.connection.value = { kind: 'idle' };
        return;
      case 'stop':
        this.#tabs.release();
        return this.#stop(ending.why, this.#parting);
    }
  }

  #waitFor(why: 'lost' | 'restarting' | 'too-slow' | 'full' | 'busy' | 'cut-off'): void {
    const { clock } = this.#platform;
    const connectedMs = this.#connectedAt === 0 ? 0 : clock.now() - this.#connectedAt;
    this.#connectedAt = 0;
    const delay = this.#backoff.nextDelayMs(connectedMs, why === 'full');
    this.#signals.connection.value = { kind: 'waiting', why, retryAt: clock.now() + delay };
    this.#retry?.cancel();
    this.#retry = clock.after(delay, () => this.#connect());
  }

  #stop(why: 'elsewhere' | 'other-tab' | 'kicked' | 'banned' | 'revoked' | 'refused', text: string): void {
    const wasOnline = this.#isOnline;
    this.#retry?.cancel();
    this.#isOnline = false;
    if (why === 'other-tab') this.#channel?.request({ lines: ['QUIT'] });
    this.#channel?.close();
    this.#channel = null;
    this.#signals.connection.value = { kind: 'stopped', why, text };
    if (wasOnline) this.#listener.onOffline();
  }

  #save(): void {
    const login = this.#login;
    if (login === null) return;
    const { name, token, resume, staysSignedIn } = login;
    this.#memory.setCredentials({ name, token, resume }, staysSignedIn);
  }

  #refuse(field: EntryError['field'], text: string, suggestion: string | null = null): void {
    this.#setEntry({ isBusy: false, error: { field, text, suggestion } });
  }

  #setEntry(change: Partial<Signals['entry']['value']>): void {
    this.#signals.entry.value = { ...this.#signals.entry.value, ...change };
  }
}
