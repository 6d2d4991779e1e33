/** Messages: what users say in rooms, direct messages, and what bots post. */
import type { CommandOf } from '../command.js';
import type { HubEvent } from '../event.js';
import type { ClientInfo, ProposalOf } from '../ports.js';
import { cleanText, type Text, type UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { OfflineDelivery } from './offline.js';
import type { Registration } from './registration.js';
import type { RoomRequest } from './request.js';
import type { Room } from './room.js';

export interface MessagesOptions {
  readonly registration: Registration;
  readonly offline: OfflineDelivery;
}

export class Messages {
  readonly #context: HubContext;
  readonly #options: MessagesOptions;

  constructor(context: HubContext, options: MessagesOptions) {
    this.#context = context;
    this.#options = options;
  }

  say(client: Client, { room: name, text }: CommandOf<'say'>, at: number): void {
    const target = client.roomFor(name);
    if (target === null) return;
    const room = target.name.fold;
    this.#context.submit({ kind: 'say', client, room, texts: [text], pasted: false }, at);
  }

  /** ME: `* bob waves`, as a message of bob. */
  act({ client, name, room, command, at }: RoomRequest<'me'>): void {
    const texts = [cleanText(`* ${name.shown} ${command.text}`)];
    this.#context.submit({ kind: 'say', client, room: room.name.fold, texts, pasted: false }, at);
  }

  paste({ client, room, command: { texts }, at }: RoomRequest<'paste'>): void {
    this.#context.submit({ kind: 'say', client, room: room.name.fold, texts, pasted: true }, at);
  }

  tell(client: Client, to: Text, text: Text, at: number): void {
    this.#context.submit({ kind: 'tell', client, to, text }, at);
  }

  settleSay(
    { client, room: fold, texts, pasted }: ProposalOf<Client, 'say'>,
    firstId: number,
    at: number,
  ): void {
    const { turn } = this.#context;
    const room = client.roomNamed(fold);
    if (client.name === null || room === null) return;
    const notStored = notStoredAt(at);
    const said = { room, from: client.name, texts, firstId, at };
    const isAnswered = pasted || client.label !== null;
    this.#sayAll(said, client, client, isAnswered ? null : notStored);
    if (!isAnswered) return;
    const ids = texts.length === 0 ? null : { first: firstId, last: firstId + texts.length - 1 };
    const stored: HubEvent = { kind: 'stored', at, room: room.name.shown, ids, isPaste: pasted };
    const answer = turn.reply(client, stored);
    if (ids !== null) turn.sendOnlyIfStored(answer, notStored);
  }

  /** Posts under the name of a bot. `onResult` learns whether the messages are stored. */
  settlePost(
    { from, room: roomName, texts, onResult }: ProposalOf<Client, 'post'>,
    firstId: number,
    at: number,
  ): void {
    const { directory, turn } = this.#context;
    if (!directory.isReserved(from) && this.#options.registration.isTaken(from, null)) {
      onResult('username-taken');
      return;
    }
    const room = directory.roomFor(roomName);
    this.#sayAll({ room, from, texts, firstId, at }, null, BOT, null);
    directory.removeIfEmpty(room);
    turn.afterCommit((isStored) => onResult(isStored ? null : 'not-stored'));
  }

  settleTell(proposal: ProposalOf<Client, 'tell'>, id: number, at: number): void {
    const { directory, turn } = this.#context;
    const { client, text } = proposal;
    const to = directory.user(proposal.to);
    if (client.name === null) return;
    if (at < client.mutedUntil && !this.#isOperator(to, proposal.to)) {
      this.#context.refuse(client, 'muted', {}, at);
      return;
    }
    if (to?.name == null) {
      this.#storeForLater(client.name, proposal, id, at);
      return;
    }
    if (!this.#useUp(id, client, at)) return;
    const told: HubEvent = { kind: 'told', id, at, from: client.name.shown, to: to.name.shown, text };
    // An ignored sender does not learn of it.
    if (to.ignores?.has(client.name.fold) !== true) turn.sendDirect(to, told);
    turn.observeEvent(told, client);
    if (wantsConfirmation(client))
      turn.reply(client, {
        kind: 'delivered',
        id,
        at,
        to: to.name.shown,
        isOffline: false,
        awayText: to.awayText,
      });
  }

  /** False if the id of a direct message cannot be used up, for instance on a full disk: it might be given again. */
  #useUp(id: number, client: Client, at: number): boolean {
    try {
      this.#context.turn.consumeId(id);
      this.#context.lastId = id;
      return true;
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'not-stored', {}, at);
      return false;
    }
  }

  /** A muted user may still write to operators, online or not. */
  #isOperator(user: Client | undefined, typed: string): boolean {
    return user?.isOperator ?? this.#context.accounts.users.find(typed)?.isOperator ?? false;
  }

  #sayAll(
    {
      room,
      from,
      texts,
      firstId,
      at,
    }: {
      readonly room: Room;
      readonly from: UserName;
      readonly texts: readonly Text[];
      readonly firstId: number;
      readonly at: number;
    },
    author: Client | null,
    by: ClientInfo,
    fallback: HubEvent | null,
  ): void {
    const { turn } = this.#context;
    let id = firstId;
    for (const text of texts) {
      const message = { id, at, room: room.name, from: from.shown, text };
      this.#context.lastId = id++;
      turn.record(message);
      room.hasMessages = true;
      const said = turn.sendToAudience(room, { kind: 'said', message }, author);
      turn.observe(said, by);
      turn.sendOnlyIfStored(said, fallback);
    }
  }

  /** Stores a direct message for an offline registered user. */
  #storeForLater(
    from: UserName,
    { client, to, text }: ProposalOf<Client, 'tell'>,
    id: number,
    at: number,
  ): void {
    const { turn } = this.#context;
    try {
      turn.consumeId(id);
      this.#context.lastId = id;
      const stored = this.#options.offline.store(client, to, { id, at, from: from.shown, text });
      if (stored !== null) turn.pauseAfterSync(client);
      if (stored === null) this.#context.refuseMissing(client, 'user-not-found', to, at);
      else if (stored.isFull) this.#context.refuse(client, 'mailbox-full', { about: stored.to }, at);
      else {
        turn.observeEvent({ kind: 'told', id, at, from: from.shown, to: stored.to, text }, client);
        if (wantsConfirmation(client))
          turn.reply(client, { kind: 'delivered', id, at, to: stored.to, isOffline: true, awayText: null });
      }
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'not-stored', {}, at);
    }
  }
}

/** How the observers see a bot, which has no connection. */
const BOT: ClientInfo = { id: 0, name: null, peer: 'this process', dialect: 'library', room: '' };

/** Some dialects confirm each direct message; a labelled one has an answer in any. */
function wantsConfirmation({ encoder, label }: Client): boolean {
  return encoder.dialect.confirmsDelivery || label !== null;
}

function notStoredAt(at: number): HubEvent {
  return { kind: 'refused', at, reason: 'not-stored', detail: {}, final: false, atLogin: false };
}
