/** The form of a message as a number in its row. */
import type { Form } from '../core/message.js';
import type { Migration } from '../database/migrate.js';

/** In the order of their numbers, from 1; 0 is a text alone. */
const FORMS: readonly Form[] = ['action', 'notice'];

export const messageForms: Migration = {
  description: 'the form of a message: a text, an action, or a notice',
  sql: 'ALTER TABLE messages ADD COLUMN form INTEGER NOT NULL DEFAULT 0;',
};

export function storedForm(form: Form | undefined): number {
  return form === undefined ? 0 : FORMS.indexOf(form) + 1;
}

/** The field of a message that was stored with this number. */
export function formField(stored: number): { readonly form?: Form } {
  const form = FORMS[stored - 1];
  return form === undefined ? {} : { form };
}
