/** The dialog that is open: a room's key, what operators and founders do, and the name's registration. */
import type { Dialog as DialogState, DialogFields } from '../model/state.js';
import { Field, FormDialog } from './dialog.js';
import { KeyboardDialog } from './keyboard-dialog.js';
import { usePage } from './page-context.js';
import { SettingsDialog } from './settings.js';
import { tracked } from './tracked.js';

type FormState = Exclude<DialogState, { readonly kind: 'settings' | 'keyboard' }>;

export const Dialogs = tracked(() => {
  const dialog = usePage().state.dialog.value;
  if (dialog === null) return null;
  switch (dialog.kind) {
    case 'settings':
      return <SettingsDialog />;
    case 'keyboard':
      return <KeyboardDialog />;
    default:
      return <FormFor key={dialog.kind} dialog={dialog} />;
  }
});

function FormFor({ dialog }: { readonly dialog: FormState }) {
  const { actions } = usePage();
  return (
    <FormDialog
      title={titleOf(dialog)}
      action={ACTIONS[dialog.kind]}
      isDanger={dialog.kind === 'kick' || dialog.kind === 'ban'}
      isBusy={dialog.isBusy}
      error={dialog.error}
      onSubmit={(fields) => {
        actions.submitDialog(fieldsOf(fields));
      }}
      onClose={actions.closeDialog}
    >
      <p>{effectOf(dialog)}</p>
      <FieldsOf dialog={dialog} />
    </FormDialog>
  );
}

const ACTIONS: Readonly<Record<FormState['kind'], string>> = {
  'room-key': 'Join',
  kick: 'Kick',
  ban: 'Ban',
  mute: 'Mute',
  lock: 'Lock',
  unlock: 'Unlock',
  topic: 'Set topic',
  register: 'Register',
};

function titleOf(dialog: FormState): string {
  switch (dialog.kind) {
    case 'room-key':
      return `#${dialog.room} is locked`;
    case 'kick':
    case 'ban':
    case 'mute':
      return `${ACTIONS[dialog.kind]} ${dialog.user}`;
    case 'lock':
    case 'unlock':
      return `${ACTIONS[dialog.kind]} #${dialog.room}`;
    case 'topic':
      return `Topic of #${dialog.room}`;
    case 'register':
      return 'Register your name';
    default:
      return dialog satisfies never;
  }
}

/** What will happen, for whom. */
function effectOf(dialog: FormState): string {
  switch (dialog.kind) {
    case 'room-key':
      return 'The room needs a key. Ask its members for it.';
    case 'kick':
      return `${dialog.user} is disconnected, and may come back at once.`;
    case 'ban':
      return `${dialog.user} is disconnected, and cannot log in until the ban ends.`;
    case 'mute':
      return `${dialog.user} stays connected, and cannot write until the mute ends.`;
    case 'lock':
      return 'New members need the key. The room is not listed for others. Members stay.';
    case 'unlock':
      return 'Everyone can see the room, enter it and read its messages again.';
    case 'topic':
      return 'The topic is shown beside the name of the room, to all of its members.';
    case 'register':
      return 'A registered name is yours: it needs its password, and messages wait for it while you are offline.';
    default:
      return dialog satisfies never;
  }
}

function FieldsOf({ dialog }: { readonly dialog: FormState }) {
  switch (dialog.kind) {
    case 'room-key':
      return <Field label="Room key" name="secret" required />;
    case 'lock':
      return <Field label="New key" name="secret" required hint="One word, without spaces." />;
    case 'kick':
      return <Reason />;
    case 'ban':
      return (
        <>
          <Minutes />
          <Reason />
        </>
      );
    case 'mute':
      return <Minutes />;
    case 'topic':
      return <Field label="Topic" name="text" value={dialog.topic} required />;
    case 'register':
      return <NewPassword />;
    case 'unlock':
      return null;
    default:
      return dialog satisfies never;
  }
}

/** Password managers save the password for the name in the hidden field. */
function NewPassword() {
  const { self, about } = usePage().state;
  const { name } = self.value;
  return (
    <>
      <input class="vh" autocomplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
      <Field
        label="Password"
        name="secret"
        type="password"
        autocomplete="new-password"
        required
        hint={`At least ${about.value.minPasswordLength} characters, without spaces.`}
      />
    </>
  );
}

function Minutes() {
  return <Field label="Minutes" name="minutes" isNumber hint="Empty: until it is lifted." />;
}

function Reason() {
  return <Field label="Reason" name="reason" hint="Optional. It is shown to the user." />;
}

function fieldsOf(form: FormData): DialogFields {
  const minutes = Number(textOf(form, 'minutes'));
  return {
    secret: textOf(form, 'secret'),
    minutes: minutes > 0 ? minutes : null,
    reason: textOf(form, 'reason').trim(),
    text: textOf(form, 'text').trim(),
  };
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
