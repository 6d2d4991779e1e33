/**
 * Makes the proposed changes of all sessions, in the one order. While a turn is being committed they wait, since it may
 * have to be undone; what a client sent after an unsettled change goes on once that has settled.
 */
import type { Turn } from '../delivery/turn.js';
import type { Entry, Proposal, Sequencer, SessionKey, SessionProposal } from '../ports.js';
import type { Client } from './client.js';
import { sendPong, settleCommand } from './commands.js';
import type { HubContext } from './hub-context.js';
import type { HubParts } from './parts.js';
import type { Session } from './session.js';
import type { Unsettled } from './unsettled.js';

export interface SettlementOptions {
  readonly parts: HubParts;
  readonly turn: Turn;
  /** This run of this node. */
  readonly sequencer: Pick<Sequencer, 'node' | 'epoch'>;
}

export class Settlement {
  readonly #context: HubContext;
  readonly #parts: HubParts;
  readonly #turn: Turn;
  readonly #sequencer: SettlementOptions['sequencer'];
  /** Entries that came while a turn was being committed, or that follow one of those. */
  #waiting: (Entry | (() => void))[] = [];

  constructor({ parts, turn, sequencer }: SettlementOptions) {
    this.#context = parts.context;
    this.#parts = parts;
    this.#turn = turn;
    this.#sequencer = sequencer;
  }

  /**
   * Makes a proposed change: the only thing that changes users and rooms. Entries come in the one order. While a turn is
   * being committed they wait, since it may have to be undone.
   */
  settle(entry: Entry): void {
    if (this.#turn.isCommitting || this.#waiting.length > 0) this.#waiting.push(entry);
    else this.#settle(entry);
  }

  /** Runs something in its place among the entries: after those that wait. */
  inOrder(run: () => void): void {
    if (this.#turn.isCommitting || this.#waiting.length > 0) this.#waiting.push(run);
    else run();
  }

  /** Settles the entries that arrived during the commit, and those that arrive meanwhile, in order. */
  settleWaiting(): void {
    // The array is emptied at the end: until then, `settle` adds to it.
    for (const entry of this.#waiting) {
      try {
        if (typeof entry === 'function') entry();
        else this.#settle(entry);
      } catch (error) {
        if (typeof entry === 'function') this.#context.onError(error);
        else this.#onBroken(entry, error);
      }
    }
    this.#waiting = [];
  }

  /** The turn with the changes of these clients is stored, or was refused. */
  release(clients: readonly Client[]): void {
    for (const client of clients) {
      client.isHeld = false;
      if (client.unsettled !== null) this.#afterSettling(client, client.unsettled);
    }
  }

  /** Our bug, which costs the client that proposed the change. */
  #onBroken({ at, proposal }: Entry, error: unknown): void {
    this.#context.onError(error);
    const client = 'session' in proposal ? this.#context.sessionOf(proposal.session)?.local : null;
    if (client != null) this.#context.endSession(client, 'internal-error', at);
  }

  #settle({ id, at, proposal }: Entry): void {
    // By the kind and not by `'session' in proposal`: messages are frequent, and proposals have many shapes.
    switch (proposal.kind) {
      case 'post':
      case 'post-direct':
      case 'fetched':
      case 'read-marker':
      case 'account-changed':
      case 'ban-changed':
      case 'admin':
        this.#settleOther(proposal, id, at);
        break;
      default:
        this.#settleOfSession(proposal, id, at);
    }
    this.#context.storeSessions();
  }

  #settleOfSession(proposal: SessionProposal, id: number, at: number): void {
    const session = this.#context.sessionOf(proposal.session);
    const client = session?.local ?? null;
    if (session === null || client === null) {
      this.#settleElsewhere(session, proposal, id, at);
      return;
    }
    if (proposal.kind !== 'arrive') {
      client.settledCount++;
      this.#turn.addSettled(client);
    }
    if (client.unsettled === null) this.#settleFor(client, proposal, id, at);
    else this.#settleLate(client, client.unsettled, proposal, id, at);
  }

  /** Makes a change of a session of another node. Its first one is a login. */
  #settleElsewhere(session: Session | null, proposal: SessionProposal, id: number, at: number): void {
    if (session !== null) {
      if (proposal.kind !== 'arrive') session.lastCommandAt = at;
      this.#settleFor(session, proposal, id, at);
    } else if (proposal.kind === 'register-name') this.#parts.registration.settleName(null, proposal, at);
    else if (proposal.kind === 'login' && !this.#isOwn(proposal.session))
      this.#parts.sessions.settleLogin(null, proposal, at);
  }

  /** Whether it is a session of this run of this node. */
  #isOwn({ node, epoch }: SessionKey): boolean {
    return node === this.#sequencer.node && epoch === this.#sequencer.epoch;
  }

  #settleOther(proposal: Exclude<Proposal, SessionProposal>, id: number, at: number): void {
    const { offline, registration, moderation, administration } = this.#parts;
    switch (proposal.kind) {
      case 'post':
      case 'post-direct':
        this.#parts.posts.settle(proposal, id, at);
        return;
      case 'fetched':
        offline.settleFetched(proposal);
        return;
      case 'read-marker':
        offline.settleReadMarker(proposal);
        return;
      case 'account-changed':
        registration.settleAccountChange(proposal, at);
        return;
      case 'ban-changed':
        moderation.settleBanChange(proposal.target, at);
        return;
      case 'admin':
        administration.settle(proposal, at);
        return;
      default:
        proposal satisfies never;
    }
  }

  /** Makes a change of a client that was proposed a while ago, with what waited for it. */
  #settleLate(client: Client, unsettled: Unsettled, proposal: SessionProposal, id: number, at: number): void {
    if (proposal.kind === 'arrive') {
      this.#settleFor(client, proposal, id, at);
      return;
    }
    client.label = unsettled.nextLabel();
    this.#settleFor(client, proposal, id, at);
    this.#afterSettling(client, unsettled);
  }

  /** Continues with what waited for the changes of a client that have settled. */
  #afterSettling(client: Client, unsettled: Unsettled): void {
    for (const { token, label } of unsettled.duePongs(client.settledCount)) {
      client.label = label;
      if (client.closeReason === null) sendPong(this.#context, client, token);
    }
    client.label = null;
    if (client.settledCount < client.proposedCount) return;
    client.unsettled = null;
    client.connection.onSettled();
  }

  /** Makes a proposed change of a session that has not ended. */
  #settleFor(session: Session, proposal: SessionProposal, id: number, at: number): void {
    const context = this.#context;
    const { sessions, membership, messages } = this.#parts;
    switch (proposal.kind) {
      case 'say':
        context.command = 'say';
        messages.settleSay(session, proposal, id, at);
        return;
      case 'delete':
        context.command = 'delete';
        this.#parts.deletions.settleDelete(session, proposal, at);
        return;
      case 'delete-direct':
        context.command = 'delete-direct';
        this.#parts.directDeletions.settleDelete(session, proposal, at);
        return;
      case 'tell':
        context.command = 'tell';
        messages.settleTell(session, proposal, id, at);
        return;
      case 'login':
        context.command = 'login';
        sessions.settleLogin(session, proposal, at);
        return;
      case 'register-name':
        context.command = 'register-name';
        this.#parts.registration.settleName(session, proposal, at);
        return;
      case 'end':
        sessions.settleEnd(session, proposal, at);
        return;
      case 'join':
        context.command = 'join';
        membership.settleJoin(session, proposal, at);
        return;
      case 'read':
        this.#parts.readMarkers.settleRead(session, proposal, at);
        return;
      case 'page-token':
        this.#parts.pageTokens.settleOpen(session, proposal, at);
        return;
      case 'page-token-end':
        this.#parts.pageTokens.settleClose(session, proposal, at);
        return;
      case 'command':
        context.command = proposal.command.kind;
        settleCommand(this.#parts, session, proposal.command, at);
        return;
      case 'arrive':
        membership.settleArrival(session, at);
        return;
      default:
        proposal satisfies never;
    }
  }
}
