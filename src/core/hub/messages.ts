/** Messages: what users say in rooms, and direct messages. */
import type { CommandOf } from '../command.js';
import { echoesMessages, isAwaited } from '../dialect.js';
import type { HubEvent, Who } from '../event.js';
import type { ClientInfo, ProposalOf } from '../ports.js';
import type { Extras, Form, Live, Message, PastePlace } from '../message.js';
import { cleanText, foldName, type Text, type UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { Deletions } from './deletions.js';
import type { DirectDeletions } from './direct-deletions.js';
import { type HubContext, notStoredAt } from './hub-context.js';
import type { OfflineDelivery } from './offline.js';
import type { ClientRoomRequest, Request } from './request.js';
import type { Room } from './room.js';
import { ignoresSession, type Session } from './session.js';
import type { Subscribers } from './subscribers.js';

export interface MessagesOptions {
  readonly offline: OfflineDelivery;
  readonly subscribers: Subscribers;
  readonly deletions: Deletions;
  readonly directDeletions: DirectDeletions;
}

export class Messages {
  readonly #context: HubContext;
  readonly #options: MessagesOptions;

  constructor(context: HubContext, options: MessagesOptions) {
    this.#context = context;
    this.#options = options;
  }

  say(client: Client, { room: name, text, extras }: CommandOf<'say'>, at: number): void {
    const target = this.#context.speechRoom(client, name?.fold ?? null);
    if (target === null) return;
    const room = target.name.fold;
    const said = { kind: 'say', session: client.key, room, texts: [text], pasted: false } as const;
    this.#context.propose(client, extras === undefined ? said : { ...said, extras }, at);
  }

  /** ME: `* bob waves`, as a message of bob. */
  act({ session: client, name, room, command, at }: ClientRoomRequest<'me'>): void {
    const texts = [actionOf(name, command.text)];
    const extras: Extras = { form: 'action', live: [command.live ?? null] };
    const said = { kind: 'say', session: client.key, room: room.name.fold, texts, pasted: false } as const;
    this.#context.propose(client, { ...said, extras }, at);
  }

  paste({ session: client, room, command: { texts, extras }, at }: ClientRoomRequest<'paste'>): void {
    const said = { kind: 'say', session: client.key, room: room.name.fold, texts, pasted: true } as const;
    this.#context.propose(client, extras === undefined ? said : { ...said, extras }, at);
  }

  tell(client: Client, { to, text, more, extras }: CommandOf<'tell'>, at: number): void {
    const one = { kind: 'tell', session: client.key, to, fold: foldName(to), text } as const;
    const told = more === undefined ? one : { ...one, more };
    if (extras === undefined || client.name === null) this.#context.propose(client, told, at);
    else if (extras.form !== 'action') this.#context.propose(client, { ...told, extras }, at);
    else this.#context.propose(client, { ...told, text: actionOf(client.name, text), extras }, at);
  }

  /** Something that goes to users who are online, most of it to those of IRC alone, and is not stored. */
  signal({ session, command, at }: Request<'signal'>): void {
    const { directory, turn } = this.#context;
    const { room: name, who, status, signal } = command;
    const room = name === null ? null : this.#context.speechRoom(session, name.fold);
    const common = { kind: 'signal', at, by: session.who, status, signal } as const;
    if (who !== null) {
      const user = directory.user(who.fold);
      if (user?.name == null) {
        this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
        return;
      }
      const event = { ...common, to: user.name.shown, isRoom: false };
      if (user.local !== null && !ignoresSession(user, session)) turn.send(user.local, event);
      this.#echo(session, event);
      return;
    }
    if (room === null) {
      this.#context.refuse(
        session,
        'not-in-room',
        name === null ? {} : this.#context.absence(session, name),
        at,
      );
      return;
    }
    const { permissions } = this.#context;
    const isCtcp = signal.kind === 'ctcp' || signal.kind === 'ctcp-reply';
    if (!permissions.maySpeak(session, room) || (isCtcp && permissions.hasFlag(room, 'no-ctcp'))) {
      this.#context.refuse(session, 'cannot-speak', { about: room.name.shown }, at);
      return;
    }
    const event = { ...common, to: room.name.shown, isRoom: true };
    if (status === null) turn.sendToAudience(room, event, session.local);
    else
      for (const [member, has] of room.statuses)
        if (member !== session && member.local !== null && (has.op || status === 'voice'))
          if (!ignoresSession(member, session)) turn.send(member.local, event);
    this.#echo(session, event);
  }

  /** Shows a client what it has sent, if it wants that. */
  #echo({ local: client }: Session, event: HubEvent): void {
    if (client !== null && echoesMessages(client.label)) this.#context.turn.reply(client, event);
  }

  settleSay(
    session: Session,
    { room: fold, texts, pasted, extras }: ProposalOf<'say'>,
    firstId: number,
    at: number,
  ): void {
    if (session.name === null) return;
    // The user may have been muted, or have left the room, since it was proposed.
    const room = this.#context.speechRoom(session, fold);
    if (room === null || at < session.mutedUntil || !this.#context.permissions.maySpeak(session, room)) {
      const reason = room === null ? 'not-in-room' : at < session.mutedUntil ? 'muted' : 'cannot-speak';
      this.#context.refuse(session, reason, {}, at);
      return;
    }
    const said = { room, from: session.name, by: session.who, texts, firstId, at, pasted, extras };
    this.#options.deletions.onSaid(session, fold, firstId, texts.length);
    const client = session.local;
    if (client === null) {
      this.sayAll(said, null, null, null);
      return;
    }
    const notStored = notStoredAt(at, 'say');
    const isAnswered = pasted || isAwaited(client.label);
    this.sayAll(said, client, client, isAnswered ? null : notStored);
    if (!isAnswered) return;
    const { turn } = this.#context;
    const ids = texts.length === 0 ? null : { first: firstId, last: firstId + texts.length - 1 };
    const stored: HubEvent = { kind: 'stored', at, room: room.name.shown, ids, isPaste: pasted };
    const answer = turn.reply(client, stored);
    if (ids !== null) turn.sendOnlyIfStored(answer, notStored);
  }

  settleTell(session: Session, proposal: ProposalOf<'tell'>, id: number, at: number): void {
    const { directory } = this.#context;
    const { text, more = [] } = proposal;
    const to = directory.user(proposal.fold);
    if (session.name === null) return;
    if (at < session.mutedUntil && !this.#isOperator(to, proposal.fold)) {
      this.#context.refuse(session, 'muted', {}, at);
      return;
    }
    if (to?.name == null) {
      this.#storeForLater(session, session.name, proposal, id, at);
      return;
    }
    const toName = to.name.shown;
    const plain = {
      kind: 'told',
      id,
      at,
      from: session.name.shown,
      to: toName,
      text,
      by: session.who,
    } as const;
    const told = proposal.extras === undefined ? plain : { ...plain, ...liveOf(proposal.extras, 0) };
    // An ignored sender does not learn of it.
    const isIgnored = ignoresSession(to, session);
    const receiver = isIgnored ? null : to.local;
    this.#options.directDeletions.onSent({
      id,
      count: more.length + 1,
      by: session.key,
      account: session.account,
      to: to.name.fold,
      receiver: to.key,
      isIgnored,
    });
    let isReserved = this.#tellOne(session.local, receiver, more.length === 0 ? told : firstOf(told, more));
    for (const [index, next] of more.entries()) {
      const extra = proposal.extras === undefined ? {} : liveOf(proposal.extras, index + 1);
      const paste = placeIn([text, ...more], id, index + 1);
      const line = { ...plain, ...extra, id: id + index + 1, text: next, paste };
      isReserved = this.#tellOne(session.local, receiver, line) && isReserved;
    }
    this.#confirmTold(session.local, to, told, isReserved);
  }

  /** Delivers a message, or a line of one. False if it is certain only once the turn is stored. */
  #tellOne(author: Client | null, receiver: Client | null, told: Told): boolean {
    const { turn } = this.#context;
    this.#context.lastId = told.id;
    // On a full disk, for instance, no id can be used up: it might be given again.
    const isReserved = turn.consumeId(told.id);
    const sent = receiver === null ? null : turn.sendDirect(receiver, told);
    if (sent !== null && !isReserved) turn.sendOnlyIfStored(sent, null);
    if (author === null) return isReserved;
    if (sent !== null && isReserved) turn.observe(sent, author);
    else {
      const observed = turn.observeEvent(told, author);
      if (!isReserved) turn.sendOnlyIfStored(observed, null);
    }
    if (!echoesMessages(author.label)) return isReserved;
    const echo = turn.reply(author, told);
    if (!isReserved) turn.sendOnlyIfStored(echo, null);
    return isReserved;
  }

  /** Tells the author, in some dialects, what became of a direct message. */
  #confirmTold(author: Client | null, to: Session, { id, at, to: name }: Told, isReserved: boolean): void {
    const { turn } = this.#context;
    if (author === null) return;
    if (!wantsConfirmation(author)) {
      if (!isReserved) turn.replyIfNotStored(author, notStoredAt(at, 'tell'));
      return;
    }
    const confirmation = turn.reply(author, deliveredTo(to, name, id, at));
    if (!isReserved) turn.sendOnlyIfStored(confirmation, notStoredAt(at, 'tell'));
  }

  /** A muted user may still write to operators, online or not. */
  #isOperator(user: Session | undefined, fold: string): boolean {
    return user?.isOperator ?? this.#context.accounts.users.findFolded(fold)?.isOperator ?? false;
  }

  /** Sends messages to a room, and stores them. Observers see them as those of `by`; null shows them to none. */
  sayAll(
    {
      room,
      from,
      by: who,
      texts,
      firstId,
      at,
      pasted = false,
      extras,
    }: {
      readonly room: Room;
      readonly from: UserName;
      readonly by: Who;
      readonly texts: readonly Text[];
      readonly firstId: number;
      readonly at: number;
      readonly pasted?: boolean;
      readonly extras?: Extras | undefined;
    },
    author: Client | null,
    by: ClientInfo | null,
    fallback: HubEvent | null,
  ): void {
    const { turn } = this.#context;
    this.#options.subscribers.onSaid(room.name.fold);
    let id = firstId;
    for (const text of texts) {
      const index = id - firstId;
      const form = extras?.form ?? null;
      const plain = { id, at, room: room.name, from: from.shown, text };
      const formed: Message = form === null ? plain : { ...plain, form };
      const message: Message = pasted && index > 0 ? { ...formed, isFurtherLine: true } : formed;
      this.#context.lastId = id++;
      turn.record(message);
      const said = turn.sendToAudience(
        room,
        extras === undefined && !pasted
          ? { kind: 'said', message, by: who }
          : {
              kind: 'said',
              message,
              by: who,
              live: extras?.live[index] ?? undefined,
              paste: pasted ? placeIn(texts, firstId, index) : undefined,
            },
        author,
      );
      if (by !== null) turn.observe(said, by);
      turn.sendOnlyIfStored(said, fallback);
      if (author !== null && echoesMessages(author.label))
        turn.sendOnlyIfStored(turn.reply(author, said.event), null);
    }
  }

  /** Stores a direct message for an offline registered user. */
  #storeForLater(
    session: Session,
    from: UserName,
    { to, fold, text: first, more = [], extras }: ProposalOf<'tell'>,
    id: number,
    at: number,
  ): void {
    const { turn } = this.#context;
    const client = session.local;
    // A mailbox has place for few messages: the lines of one are one.
    const text =
      more.length === 0 ? first : cleanText([first, ...more].filter((line) => line !== '').join(' / '));
    const form = extras?.form ?? undefined;
    const mail =
      form === undefined ? { id, at, from: from.shown, text } : { id, at, from: from.shown, text, form };
    let stored: ReturnType<OfflineDelivery['store']>;
    try {
      stored = this.#options.offline.store(session, fold, mail);
    } catch (error) {
      this.#context.onError(error);
      this.#context.refuse(session, 'not-stored', {}, at);
      return;
    }
    if (stored === null) {
      this.#context.refuseMissing(session, 'user-not-found', to, at);
      return;
    }
    if (stored.isFull) {
      this.#context.refuse(session, 'mailbox-full', { about: stored.to }, at);
      return;
    }
    this.#options.directDeletions.onSent({
      id,
      count: more.length + 1,
      by: session.key,
      account: session.account,
      to: foldName(stored.to),
      receiver: null,
      isIgnored: false,
    });
    for (let next = id; next <= id + more.length; next++) turn.consumeId(next);
    this.#context.lastId = id + more.length;
    if (client === null) return;
    const extra = extras === undefined || more.length > 0 ? {} : liveOf(extras, 0);
    const told = { kind: 'told', ...mail, to: stored.to, by: session.who, ...extra } as const;
    turn.sendOnlyIfStored(turn.observeEvent(told, client), null);
    if (echoesMessages(client.label)) turn.sendOnlyIfStored(turn.reply(client, told), null);
    if (!wantsConfirmation(client)) {
      turn.replyIfNotStored(client, notStoredAt(at, 'tell'));
      return;
    }
    const delivered = { kind: 'delivered', id, at, to: stored.to, isOffline: true, awayText: null } as const;
    turn.sendOnlyIfStored(turn.reply(client, delivered), notStoredAt(at, 'tell'));
  }
}

/** `* bob waves`. */
function actionOf({ shown }: UserName, text: Text): Text {
  return cleanText(`* ${shown} ${text}`);
}

type Told = Extract<HubEvent, { kind: 'told' }>;

/** The first line of a message of several. */
function firstOf(told: Told, more: readonly Text[]): Told {
  return { ...told, paste: placeIn([told.text, ...more], told.id, 0) };
}

function placeIn(texts: readonly string[], first: number, index: number): PastePlace {
  return { first, index, count: texts.length, lead: texts.findIndex((text) => text !== '') };
}

/** Those of one of the texts. */
function liveOf(
  { form, live }: Extras,
  index: number,
): { readonly form?: Form | undefined; readonly live?: Live | undefined } {
  return { form: form ?? undefined, live: live[index] ?? undefined };
}

/** Some dialects confirm each direct message; a labelled one has an answer in any. */
function wantsConfirmation({ encoder, label }: Client): boolean {
  return encoder.dialect.confirmsDelivery || isAwaited(label);
}

function deliveredTo({ awayText }: Session, to: string, id: number, at: number): HubEvent {
  return { kind: 'delivered', id, at, to, isOffline: false, awayText };
}
