/** The shape of a row of the command table: everything about a verb, for the dialects with commands. */
import type { Action } from '../../core/action.js';
import type { ParsedLine } from '../../core/dialect.js';
import type { Text } from '../../core/text/text.js';

/** The dialects with verbs: `lines` has them as `VERB`, `gotalk` as `/verb`. */
export type CommandDialect = 'lines' | 'gotalk';

/** The page of HELP that lists a command: HELP, HELP MORE, or HELP OPERATOR, which only operators may read. */
export type Section = 'everyday' | 'more' | 'operator';

/** One way to use a command, as HELP shows it. */
export interface CommandForm {
  /** The arguments: optional ones in brackets, words in capitals as they are typed. '' without arguments. */
  readonly usage: string;
  /** One line in the imperative. */
  readonly help: string;
  /** The arguments of an example; left out where the usage is its own example. */
  readonly example?: string;
  /** Whether `lines` has it with TAGS ON alone. */
  readonly needsTags?: boolean;
}

export interface CommandRow extends CommandForm {
  /** In capitals. Behind a slash it is shown in small letters; a user may type it in any case. */
  readonly verb: string;
  readonly section: Section;
  /** Other names behind a slash, as users of IRC type them; each takes precedence over a verb of the same name. */
  readonly aliases?: readonly string[];
  /** Further forms, listed by HELP MORE, or by HELP OPERATOR if the command is for operators. */
  readonly otherForms?: readonly CommandForm[];
  /** The dialects that have this command; both by default. */
  readonly dialects?: readonly CommandDialect[];
  /** Whether `lines` accepts it before the login. */
  readonly beforeLogin?: boolean;
  /** `plain`: not listed where commands begin with a slash. `slash`: exists only there. */
  readonly mode?: 'plain' | 'slash';
  /** The arguments in a usage error, where a dialect has a fixed text for them that differs from `usage`. */
  readonly usageError?: Readonly<Partial<Record<CommandDialect, string>>>;
  /** `rest` is the line behind the verb, trimmed. Null if it does not match the usage. */
  parse(rest: Text): ParsedCommand | null;
  /**
   * The notice that confirms an action of this command: an INFO line to an interactive session, a line in GoTalk. `write`
   * gives a verb as the user types it.
   */
  readonly confirms?: {
    readonly action: Action['kind'];
    text(action: Action, write: (verb: string) => string): string;
  };
}

export type ParsedCommand = NonNullable<ParsedLine> | ConversationCommand;

/** Handled by the conversation itself; it does not reach the hub. */
type ConversationCommand =
  | { readonly kind: 'help'; readonly topic: string }
  | { readonly kind: 'tags' | 'times'; readonly on: boolean }
  | { readonly kind: 'chat'; readonly on: boolean }
  | { readonly kind: 'start-paste' }
  /** PONG: it has no effect beyond resetting the idle time, as every line does. */
  | { readonly kind: 'alive' };
