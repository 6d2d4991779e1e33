/** The form of a message as a number in its row, and whether the message continues a paste. */
import type { Form, Message } from '../core/message.js';
import type { Migration } from '../database/migrate.js';

/** In the order of their numbers, from 1; 0 is a text alone. */
const FORMS: readonly Form[] = ['action', 'notice'];
/** Added to the number of a line of a paste that is not the first. */
const FURTHER_LINE = 16;

export const messageForms: Migration = {
  description: 'the form of a message: a text, an action, or a notice',
  sql: 'ALTER TABLE messages ADD COLUMN form INTEGER NOT NULL DEFAULT 0;',
};

type FormFields = Pick<Message, 'form' | 'isFurtherLine'>;

export function storedForm({ form, isFurtherLine }: FormFields): number {
  const number = form === undefined ? 0 : FORMS.indexOf(form) + 1;
  return isFurtherLine === true ? number + FURTHER_LINE : number;
}

/** The fields of a message that was stored with this number. */
export function formFields(stored: number): FormFields {
  const form = FORMS[(stored % FURTHER_LINE) - 1];
  const fields = form === undefined ? {} : { form };
  return stored >= FURTHER_LINE ? { ...fields, isFurtherLine: true } : fields;
}
