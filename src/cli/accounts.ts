/**
 * The command line of the accounts: `partyline user` and `partyline token`. It works on the data folder, whether a server
 * runs on it or not; one that does notices within a second.
 */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { AccountStore } from '../accounts/account-store.js';
import type { Users } from '../accounts/users.js';
import { Scrypt } from '../accounts/scrypt.js';
import { sqliteAccounts } from '../accounts/sqlite.js';
import type { Surroundings } from './history.js';
import { ConfigError, loadConfig } from '../config/load-config.js';
import { migrations } from '../server/migrations.js';
import { openBesideServer } from '../database/open.js';

interface Options {
  readonly dataDir?: string;
  readonly expires?: string;
}

const PASSWORD_BYTES = 15;
const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DATA_DIR = '--data-dir <folder>';
const DATA_DIR_HELP = 'the folder of the history and the accounts (default: DATA_DIR, or ./data)';

export function addAccountCommands(program: Command, surroundings: Surroundings): void {
  const user = group(program, 'user', 'registered names: list, roles, lost passwords');
  const token = group(program, 'token', 'secrets for bots and CI, in place of a password');
  const add = (parent: Command, usage: string, description: string) =>
    parent.command(usage).description(description).option(DATA_DIR, DATA_DIR_HELP);

  add(user, 'list', 'every registered name, its role, since when').action((options: Options) =>
    withAccounts(options, surroundings, ({ users }) => listUsers(users)),
  );
  for (const verb of ['grant', 'revoke'] as const) {
    const description =
      verb === 'grant' ? 'make a user an operator' : 'make an operator a user like any other';
    add(user, `${verb} <name> <role>`, `${description}; the role is operator`).action(
      (name: string, role: string, options: Options) => {
        if (role !== 'operator')
          throw usage(`there is no role "${role}"; say: partyline user ${verb} ${name} operator`);
        return withAccounts(options, surroundings, (keep) =>
          change(keep, name, `${verb} operator`, (fold, shown) => {
            keep.users.setOperator(fold, verb === 'grant');
            return `${shown} is ${verb === 'grant' ? 'an operator' : 'no operator'}`;
          }),
        );
      },
    );
  }
  add(user, 'remove <name>', 'make a name anybody’s again, and forget its password, tokens and mail').action(
    (name: string, options: Options) =>
      withAccounts(options, surroundings, (keep) =>
        change(keep, name, 'remove', (fold, shown) => {
          keep.users.unregister(fold);
          return `${shown} is registered no longer`;
        }),
      ),
  );
  add(user, 'reset-password <name>', 'give a user a new password, and print it').action(
    async (name: string, options: Options) => {
      const password = randomBytes(PASSWORD_BYTES).toString('base64url');
      const hash = await new Scrypt().hash(password);
      withAccounts(options, surroundings, (keep) =>
        change(keep, name, 'reset password', (fold) => {
          keep.users.changePassword(fold, hash);
          return password;
        }),
      );
    },
  );
  add(token, 'create <name>', 'make a token for a registered name, and print it: it is shown this once')
    .option('--expires <time>', 'how long it is good, such as 12h, 30d or 8w (default: until it is revoked)')
    .action((name: string, options: Options) => {
      const lifetimeMs = options.expires === undefined ? null : millisecondsOf(options.expires);
      const now = Date.now();
      return withAccounts(options, surroundings, (keep) =>
        change(keep, name, 'create token', (fold) =>
          keep.users.createToken(fold, now, lifetimeMs === null ? null : now + lifetimeMs),
        ),
      );
    });
  add(token, 'list', 'every token: id, name, since when, until when').action((options: Options) =>
    withAccounts(options, surroundings, ({ users }) => listTokens(users)),
  );
  add(token, 'revoke <id>', 'make a token good for nothing, and end the sessions that came in by it').action(
    (id: string, options: Options) => withAccounts(options, surroundings, (keep) => revokeToken(keep, id)),
  );
}

/** A command that is nothing without one of its own commands. */
function group(program: Command, name: string, description: string): Command {
  const parent = program.command(name).description(description).helpCommand(false).allowExcessArguments();
  return parent.action(() => {
    const [what] = parent.args;
    const verbs = parent.commands.map((command) => command.name()).join(', ');
    throw usage(
      what === undefined
        ? `${name} what? Say one of: ${verbs}`
        : `${name} has no "${what}"; say one of: ${verbs}`,
    );
  });
}

/** What is printed, or why it cannot be done. */
type Result = { readonly out: string } | { readonly problem: string };

function withAccounts(
  { dataDir }: Options,
  { env, dotenv }: Surroundings,
  work: (keep: AccountStore) => Result,
): void {
  const flags = dataDir === undefined ? {} : { DATA_DIR: dataDir };
  const dataFile = openBesideServer(loadConfig({ flags, env, dotenv: dotenv() }).dataDir, migrations);
  try {
    const result = work(sqliteAccounts(dataFile.database));
    if ('out' in result) {
      if (result.out !== '') process.stdout.write(`${result.out}\n`);
    } else {
      process.stderr.write(`partyline: ${result.problem}\n`);
      process.exitCode = 1;
    }
  } finally {
    dataFile.close();
  }
}

/** Does something to a registered name, so that a server that runs learns of it. */
function change(
  keep: AccountStore,
  typed: string,
  what: string,
  work: (fold: string, shown: string) => string,
): Result {
  const account = keep.users.find(typed);
  if (account === undefined) {
    return {
      problem: `no user "${typed}" is registered; a name is registered in the chat, by its user: REGISTER <password>`,
    };
  }
  return {
    out: keep.changeFromOutside({ fold: account.fold, what }, () => work(account.fold, account.shown)),
  };
}

function revokeToken(keep: AccountStore, id: string): Result {
  const token = keep.users.tokens().find((one) => one.id === id);
  if (token === undefined)
    return { problem: `there is no token "${id}"; partyline token list shows them all, the id first` };
  keep.changeFromOutside({ fold: token.fold, what: 'revoke token' }, () => keep.users.revokeToken(id));
  return { out: `token ${id} is revoked` };
}

function listUsers(users: Users): Result {
  const rows = users
    .all()
    .map(({ shown, isOperator, registeredAt }) => [
      shown,
      isOperator === 1 ? 'operator' : 'user',
      date(registeredAt),
    ]);
  return { out: table(rows) };
}

function listTokens(users: Users): Result {
  const rows = users
    .tokens()
    .map(({ id, fold, createdAt, expiresAt }) => [
      id,
      users.account(fold)?.shown ?? fold,
      date(createdAt),
      expiresAt === null ? 'never' : date(expiresAt),
    ]);
  return { out: table(rows) };
}

/** Columns under each other, a row a line. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function date(at: number): string {
  return new Date(at).toISOString();
}

function millisecondsOf(typed: string): number {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(typed) ?? [];
  const ms =
    unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' || unit === 'w'
      ? Number(count) * MILLISECONDS[unit]
      : 0;
  if (ms > 0) return ms;
  throw usage(
    `--expires ${typed} is no time; give seconds, minutes, hours, days or weeks, such as --expires 30d`,
  );
}

function usage(problem: string): ConfigError {
  return new ConfigError(`partyline: ${problem}`);
}
