/** The dialogs that run a command of the server: an error comes back into the dialog. */
import { type Command, refusalOf } from './channel.js';
import type { Context } from './context.js';
import type { Dialog, DialogFields, DialogRequest } from './state.js';
import { sentenceFor } from './words.js';

export interface DialogActions {
  join(room: string, key: string): void;
  /** The name is registered now. */
  onRegistered(): void;
  /** The topic or the lock of a room was changed, with this key if it was locked: only the others are told. */
  onRoomChanged(room: string, key: string | null): void;
}

export class Dialogs {
  readonly #context: Context;
  readonly #actions: DialogActions;

  constructor(context: Context, actions: DialogActions) {
    this.#context = context;
    this.#actions = actions;
  }

  open(request: DialogRequest): void {
    const { dialog, self } = this.#context.signals;
    const common = { isBusy: false, error: null };
    switch (request.kind) {
      case 'kick':
      case 'ban':
      case 'mute':
        dialog.value = { kind: request.kind, user: request.user, ...common };
        break;
      case 'lock':
      case 'unlock':
      case 'topic': {
        const topic = this.#context.places.room(request.room)?.room?.topic ?? '';
        dialog.value = { kind: request.kind, room: request.room, topic, ...common };
        break;
      }
      case 'register':
        if (!self.value.isRegistered) dialog.value = { kind: 'register', ...common };
        break;
      case 'settings':
      case 'keyboard':
        dialog.value = { kind: request.kind };
    }
  }

  /** The key of a locked room; an empty room closes this dialog. */
  askForKey(room: string, error: string | null): void {
    const { dialog } = this.#context.signals;
    if (room !== '') dialog.value = { kind: 'room-key', room, isBusy: false, error };
    else if (dialog.value?.kind === 'room-key') dialog.value = null;
  }

  close(): void {
    this.#context.signals.dialog.value = null;
  }

  submit(fields: DialogFields): void {
    const dialog = this.#context.signals.dialog.value;
    if (dialog === null || dialog.kind === 'settings' || dialog.kind === 'keyboard') return this.close();
    if (dialog.isBusy) return;
    const missing = missingIn(dialog, fields);
    if (missing !== null) return this.#fail(dialog, missing);
    const channel = this.#context.channel();
    if (channel === null) return this.#fail(dialog, sentenceFor('offline'));
    const busy = { ...dialog, isBusy: true, error: null };
    this.#context.signals.dialog.value = busy;
    if (dialog.kind === 'room-key') return this.#actions.join(dialog.room, fields.secret ?? '');
    channel.request(commandFor(dialog, fields), (answer) => {
      const refusal = refusalOf(answer);
      if (refusal !== null) {
        if (this.#context.signals.dialog.value === busy) this.#fail(dialog, sentenceFor(refusal));
        return;
      }
      if (this.#context.signals.dialog.value === busy) this.close();
      if (dialog.kind === 'register') this.#actions.onRegistered();
      else if ('room' in dialog)
        this.#actions.onRoomChanged(dialog.room, dialog.kind === 'lock' ? (fields.secret ?? '') : null);
    });
  }

  #fail(dialog: Exclude<Dialog, { kind: 'settings' | 'keyboard' }>, error: string): void {
    this.#context.signals.dialog.value = { ...dialog, isBusy: false, error };
  }
}

type Commanding = Exclude<Dialog, { kind: 'settings' | 'keyboard' | 'room-key' }>;

function missingIn(dialog: Dialog, { secret = '', minutes = null }: DialogFields): string | null {
  const needsSecret = dialog.kind === 'room-key' || dialog.kind === 'lock' || dialog.kind === 'register';
  if (needsSecret && secret === '')
    return dialog.kind === 'register' ? 'Enter a password.' : 'Enter the key.';
  if (needsSecret && /\s/.test(secret)) return 'It must not have spaces.';
  if (minutes !== null && (!Number.isInteger(minutes) || minutes < 1)) return 'Enter whole minutes, or none.';
  return null;
}

function commandFor(dialog: Commanding, fields: DialogFields): Command {
  const { secret = '', minutes = null, text = '' } = fields;
  const reason = (fields.reason ?? '').replace(/\s+/g, ' ').trim();
  switch (dialog.kind) {
    case 'kick':
      return line('KICK', dialog.user, reason);
    case 'ban':
      // Without minutes, a reason that begins with a number would be taken for them.
      return line(
        'BAN',
        dialog.user,
        minutes ?? '',
        minutes === null ? reason.replace(/^(?=\d)/, '- ') : reason,
      );
    case 'mute':
      return line('MUTE', dialog.user, minutes ?? '');
    case 'lock':
      return { ...line('LOCK', secret), room: dialog.room };
    case 'unlock':
      return { ...line('UNLOCK'), room: dialog.room };
    case 'topic':
      return { ...line('TOPIC', text.replace(/\s+/g, ' ').trim()), room: dialog.room };
    case 'register':
      return line('REGISTER', secret);
  }
}

function line(...words: readonly (string | number)[]): Command {
  return { lines: [words.filter((word) => word !== '').join(' ')] };
}
