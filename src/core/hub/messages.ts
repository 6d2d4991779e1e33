/** Messages: what users say in rooms, direct messages, and what bots post. */
import type { CommandOf } from '../command.js';
import type { HubEvent } from '../event.js';
import type { ClientInfo, ProposalOf, SessionKey } from '../ports.js';
import { cleanText, type Text, type UserName } from '../text/text.js';
import type { OutgoingEvent } from '../delivery/batch.js';
import type { Client } from './client.js';
import { type HubContext, notStoredAt } from './hub-context.js';
import type { OfflineDelivery } from './offline.js';
import type { Registration } from './registration.js';
import type { RoomRequest } from './request.js';
import type { Room } from './room.js';

export interface MessagesOptions {
  readonly registration: Registration;
  readonly offline: OfflineDelivery;
}

/** A post of a bot of this process. */
export interface Post extends Pick<ProposalOf<'post'>, 'room' | 'from' | 'texts'> {
  /** Called once: null when all texts are stored. */
  readonly onResult: (refusal: 'username-taken' | 'not-stored' | null) => void;
}

export class Messages {
  readonly #context: HubContext;
  readonly #options: MessagesOptions;
  /** The posts of this process that have not settled, by SessionKey.no of their tokens. */
  readonly #posts = new Map<number, Pick<Post, 'onResult'> & { readonly token: SessionKey }>();

  constructor(context: HubContext, options: MessagesOptions) {
    this.#context = context;
    this.#options = options;
  }

  say(client: Client, { room: name, text }: CommandOf<'say'>, at: number): void {
    const target = client.roomFor(name);
    if (target === null) return;
    const room = target.name.fold;
    this.#context.propose(
      client,
      { kind: 'say', session: client.key, room, texts: [text], pasted: false },
      at,
    );
  }

  /** ME: `* bob waves`, as a message of bob. */
  act({ client, name, room, command, at }: RoomRequest<'me'>): void {
    const texts = [cleanText(`* ${name.shown} ${command.text}`)];
    this.#context.propose(
      client,
      { kind: 'say', session: client.key, room: room.name.fold, texts, pasted: false },
      at,
    );
  }

  paste({ client, room, command: { texts }, at }: RoomRequest<'paste'>): void {
    this.#context.propose(
      client,
      { kind: 'say', session: client.key, room: room.name.fold, texts, pasted: true },
      at,
    );
  }

  tell(client: Client, to: Text, text: Text, at: number): void {
    this.#context.propose(client, { kind: 'tell', session: client.key, to, text }, at);
  }

  /** Proposes a post of a bot. `token` belongs to no other post and no session. */
  post({ room, from, texts, onResult }: Post, token: SessionKey, at: number): void {
    this.#posts.set(token.no, { token, onResult });
    this.#context.submit({ kind: 'post', room, from, texts, token }, at);
  }

  settleSay(
    client: Client,
    { room: fold, texts, pasted }: ProposalOf<'say'>,
    firstId: number,
    at: number,
  ): void {
    const { turn } = this.#context;
    if (client.name === null) return;
    // The client may have been muted, or have left the room, since it was proposed.
    const room = client.roomNamed(fold);
    if (room === null || at < client.mutedUntil) {
      this.#context.refuse(client, room === null ? 'not-in-room' : 'muted', {}, at);
      return;
    }
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

  /** Posts under the name of a bot. If it is one of this process, it learns whether the messages are stored. */
  settlePost({ from, room: roomName, texts, token }: ProposalOf<'post'>, firstId: number, at: number): void {
    const { directory, turn } = this.#context;
    const onResult = this.#takePost(token);
    if (!directory.isReserved(from) && this.#options.registration.isTaken(from, null)) {
      onResult('username-taken');
      return;
    }
    const room = directory.roomFor(roomName);
    this.#sayAll({ room, from, texts, firstId, at }, null, BOT, null);
    directory.removeIfEmpty(room);
    turn.afterCommit((isStored) => onResult(isStored ? null : 'not-stored'));
  }

  settleTell(client: Client, proposal: ProposalOf<'tell'>, id: number, at: number): void {
    const { directory, turn } = this.#context;
    const { text } = proposal;
    const to = directory.user(proposal.to);
    if (client.name === null) return;
    if (at < client.mutedUntil && !this.#isOperator(to, proposal.to)) {
      this.#context.refuse(client, 'muted', {}, at);
      return;
    }
    if (to?.name == null) {
      this.#storeForLater(client, client.name, proposal, id, at);
      return;
    }
    this.#context.lastId = id;
    const isReserved = turn.consumeId(id);
    const told: HubEvent = { kind: 'told', id, at, from: client.name.shown, to: to.name.shown, text };
    const toName = to.name.shown;
    const answer = (): OutgoingEvent<Client> =>
      turn.reply(client, { kind: 'delivered', id, at, to: toName, isOffline: false, awayText: to.awayText });
    // An ignored sender does not learn of it.
    const isIgnored = to.ignores?.has(client.name.fold) === true;
    if (isReserved) {
      if (!isIgnored) turn.sendDirect(to, told);
      turn.observeEvent(told, client);
      if (wantsConfirmation(client)) answer();
      return;
    }
    // On a full disk, for instance, no id can be used up: it might be given again.
    if (!isIgnored) turn.sendOnlyIfStored(turn.sendDirect(to, told), null);
    turn.sendOnlyIfStored(turn.observeEvent(told, client), null);
    if (wantsConfirmation(client)) turn.sendOnlyIfStored(answer(), notStoredAt(at));
    else turn.replyIfNotStored(client, notStoredAt(at));
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

  /** What waits for the result of a post; nothing, if it is one of another server. */
  #takePost({ node, epoch, no }: SessionKey): Post['onResult'] {
    const post = this.#posts.get(no);
    if (post?.token.node !== node || post.token.epoch !== epoch) return () => {};
    this.#posts.delete(no);
    return post.onResult;
  }

  /** Stores a direct message for an offline registered user. */
  #storeForLater(
    client: Client,
    from: UserName,
    { to, text }: ProposalOf<'tell'>,
    id: number,
    at: number,
  ): void {
    const { turn } = this.#context;
    const mail = { id, at, from: from.shown, text };
    let stored: ReturnType<OfflineDelivery['store']>;
    try {
      stored = this.#options.offline.store(client, to, mail);
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(client, 'not-stored', {}, at);
      return;
    }
    if (stored === null) {
      this.#context.refuseMissing(client, 'user-not-found', to, at);
      return;
    }
    if (stored.isFull) {
      this.#context.refuse(client, 'mailbox-full', { about: stored.to }, at);
      return;
    }
    turn.consumeId(id);
    this.#context.lastId = id;
    const observed = turn.observeEvent({ kind: 'told', ...mail, to: stored.to }, client);
    turn.sendOnlyIfStored(observed, null);
    if (wantsConfirmation(client)) {
      const delivered = {
        kind: 'delivered',
        id,
        at,
        to: stored.to,
        isOffline: true,
        awayText: null,
      } as const;
      turn.sendOnlyIfStored(turn.reply(client, delivered), notStoredAt(at));
    } else turn.replyIfNotStored(client, notStoredAt(at));
  }
}

/** How the observers see a bot, which has no connection. */
const BOT: ClientInfo = { id: 0, name: null, peer: 'this process', dialect: 'library', room: '' };

/** Some dialects confirm each direct message; a labelled one has an answer in any. */
function wantsConfirmation({ encoder, label }: Client): boolean {
  return encoder.dialect.confirmsDelivery || label !== null;
}
