/** A model of a hub: messages with their ids, and names that sessions hold. The first login of a name wins. */
import type { Entry, SessionKey } from '../../src/core/ports.js';
import type { StateMachine } from './cluster-world.js';

interface Saved {
  readonly messages: readonly (readonly [id: number, at: number, text: string])[];
  /** By name. */
  readonly sessions: readonly (readonly [name: string, session: SessionKey])[];
  readonly ended: readonly string[];
  readonly forgotten: readonly string[];
  readonly bans: readonly string[];
}

export class ToyHub implements StateMachine {
  /** What no order of entries may lead to. */
  readonly violations: string[] = [];
  readonly #messages: (readonly [id: number, at: number, text: string])[] = [];
  readonly #sessions = new Map<string, SessionKey>();
  /** Runs that have ended. */
  readonly #ended = new Set<string>();
  /** The run of each node that settled something and has not ended. */
  readonly #live = new Map<string, number>();
  readonly #forgotten: string[] = [];
  readonly #bans: string[] = [];

  constructor(saved: string | null = null) {
    if (saved === null) return;
    const { messages, sessions, ended, forgotten, bans }: Saved = JSON.parse(saved);
    this.#messages.push(...messages);
    for (const [name, session] of sessions) this.#sessions.set(name, session);
    for (const run of ended) this.#ended.add(run);
    this.#forgotten.push(...forgotten);
    this.#bans.push(...bans);
  }

  get messages(): readonly (readonly [id: number, at: number, text: string])[] {
    return this.#messages;
  }

  /** The targets of bans that commands made. */
  get bans(): readonly string[] {
    return this.#bans;
  }

  get names(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  settle({ id, at, proposal }: Entry): void {
    if (proposal.kind === 'ban-changed') this.#bans.push(proposal.target);
    if (!('session' in proposal)) return;
    const { session } = proposal;
    this.#mustBeLive(session);
    if (proposal.kind === 'say') {
      const last = this.#messages.at(-1)?.[0] ?? 0;
      if (id !== last + 1) this.violations.push(`id ${id} after ${last}`);
      proposal.texts.forEach((text, index) => this.#messages.push([id + index, at, text]));
    } else if (proposal.kind === 'login') {
      if (!this.#sessions.has(proposal.name.fold)) this.#sessions.set(proposal.name.fold, session);
    } else if (proposal.kind === 'end') {
      for (const [name, key] of this.#sessions)
        if (key.node === session.node && key.epoch === session.epoch && key.no === session.no)
          this.#sessions.delete(name);
    }
  }

  endSessions(node: string, epoch: number): void {
    const run = `${node}:${epoch}`;
    if (this.#ended.has(run)) this.violations.push(`run ${run} ended twice`);
    this.#ended.add(run);
    this.#live.delete(node);
    for (const [name, key] of this.#sessions)
      if (key.node === node && key.epoch === epoch) this.#sessions.delete(name);
  }

  forget(table: string, upTo: number): void {
    this.#forgotten.push(`${table} ${upTo}`);
  }

  save(): string {
    const saved: Saved = {
      messages: this.#messages,
      sessions: [...this.#sessions],
      ended: [...this.#ended],
      forgotten: this.#forgotten,
      bans: this.#bans,
    };
    return JSON.stringify(saved);
  }

  #mustBeLive({ node, epoch }: SessionKey): void {
    if (this.#ended.has(`${node}:${epoch}`))
      this.violations.push(`a change of the run ${node}:${epoch}, which ended`);
    const live = this.#live.get(node) ?? epoch;
    if (live !== epoch) this.violations.push(`${node} has two live runs, ${live} and ${epoch}`);
    this.#live.set(node, epoch);
  }
}
