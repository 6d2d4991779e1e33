/**
 * `partyline user` and `partyline token`: changes accounts in the data directory. A running server notices the change
 * within a second.
 */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { AccountStore } from '../accounts/account-store.js';
import type { Users } from '../accounts/users.js';
import type { AdminChange } from '../core/admin-change.js';
import { DATA_DIR, DATA_DIR_HELP, type DataDirOptions, type Environment, openExisting } from './data-dir.js';
import { printError } from './print-error.js';
import { stdout } from './standard-streams.js';
import { ConfigError, loadConfig } from '../config/load-config.js';
import { describeFailure } from '../database/database-error.js';
import { isDiskFull } from '../util/error-code.js';

interface Options extends DataDirOptions {
  readonly expires?: string;
}

export interface ListOptions extends Options {
  readonly json?: boolean;
}

export const JSON_HELP = 'print a JSON array of objects';
const PASSWORD_BYTES = 15;
const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

export function addAccountCommands(program: Command, environment: Environment): void {
  const user = group(program, 'user', 'manage registered names, roles and lost passwords');
  const token = group(program, 'token', 'manage tokens, which replace passwords for bots and CI');
  add(user, 'list', 'list registered names, with role and date of registration')
    .option('--json', JSON_HELP)
    .action((options: ListOptions) =>
      withAccounts(options, environment, ({ users }) => listUsers(users, options)),
    );
  for (const verb of ['grant', 'revoke'] as const) {
    const description = verb === 'grant' ? 'give a user a role' : 'take a role from a user';
    add(user, `${verb} <name> [role]`, `${description} (default: operator, the only role)`).action(
      (name: string, role = 'operator', options: Options) => {
        if (role !== 'operator')
          throw usage(`unknown role "${role}"; use: partyline user ${verb} ${name} operator`);
        return withAccounts(options, environment, (accounts, make) =>
          change(accounts, make, name, (account, shown) => ({
            change: { kind: 'set-operator', account, isOperator: verb === 'grant' },
            out: `${shown} is ${verb === 'grant' ? 'an operator' : 'no longer an operator'}`,
          })),
        );
      },
    );
  }
  add(
    user,
    'remove <name>',
    'delete a registration, with its tokens and saved messages, and end its sessions',
  ).action((name: string, options: Options) =>
    withAccounts(options, environment, (accounts, make) =>
      change(accounts, make, name, (account, shown) => ({
        change: { kind: 'remove-account', account },
        out: `${shown} is no longer registered`,
      })),
    ),
  );
  add(
    user,
    'reset-password <name>',
    'set a random password, print it, revoke the tokens, end the sessions',
  ).action(async (name: string, options: Options) => {
    const password = await randomPassword(environment);
    const { Scrypt } = await import('../accounts/scrypt.js');
    const passwordHash = await new Scrypt().hash(password);
    await withAccounts(options, environment, (accounts, make) =>
      change(accounts, make, name, (account) => ({
        change: { kind: 'reset-password', account, passwordHash },
        out: password,
      })),
    );
  });
  add(token, 'create <name>', 'create a token for a registered name, and print it (only this once)')
    .option('--expires <time>', 'lifetime, such as 12h, 30d or 8w (default: until it is revoked)')
    .action((name: string, options: Options) => {
      const lifetimeMs = options.expires === undefined ? null : millisecondsOf(options.expires);
      const now = Date.now();
      return withAccounts(options, environment, (accounts, make) =>
        change(accounts, make, name, (account) => {
          const expiresAt = lifetimeMs === null ? null : now + lifetimeMs;
          const { secret, row } = accounts.users.newToken(account, now, expiresAt);
          return { change: { kind: 'add-token', token: row }, out: secret };
        }),
      );
    });
  add(token, 'list', 'list tokens, with id, name, dates of creation and expiry, and kind')
    .option('--json', JSON_HELP)
    .action((options: ListOptions) =>
      withAccounts(options, environment, ({ users }) => listTokens(users, options)),
    );
  add(token, 'revoke <id>', 'revoke a token and end the sessions that logged in with it').action(
    (id: string, options: Options) =>
      withAccounts(options, environment, (accounts, make) => revokeToken(accounts, make, id)),
  );
}

/** As long as MIN_PASSWORD_LENGTH requires, and hard to guess. */
async function randomPassword({ env, dotenv }: Environment): Promise<string> {
  const { minPasswordLength } = loadConfig({ flags: {}, env, dotenv: await dotenv() });
  // Three bytes are four characters.
  return randomBytes(Math.max(PASSWORD_BYTES, Math.ceil(minPasswordLength / 4) * 3)).toString('base64url');
}

/** A command that only has subcommands. */
export function group(program: Command, name: string, description: string): Command {
  const parent = program.command(name).description(description).helpCommand(false).allowExcessArguments();
  return parent.action(() => {
    const [word] = parent.args;
    const names = parent.commands.map((command) => command.name()).join(', ');
    const problem = word === undefined ? `no command after ${name}` : `unknown command "${name} ${word}"`;
    throw usage(`${problem}; use one of: ${names}; see partyline ${name} --help`);
  });
}

/** Adds a command with a data directory to a group. */
export function add(parent: Command, usage: string, description: string): Command {
  return parent.command(usage).description(description).option(DATA_DIR, DATA_DIR_HELP);
}

/** The output of a command, or the reason of its failure. */
export type Result = { readonly out: string } | { readonly problem: string };

/** Makes a change in the data file, or in the cluster that it belongs to. Returns why it was not made; null if it was. */
export type MakeChange = (change: AdminChange) => Promise<string | null>;

/** Opens the accounts of an existing data file. Rejects with a ConfigError if there is none. */
export async function withAccounts(
  options: DataDirOptions,
  environment: Environment,
  work: (accounts: AccountStore, make: MakeChange) => Result | Promise<Result>,
): Promise<void> {
  const dataFile = await openExisting(options, environment);
  const { sqliteAccounts } = await import('../accounts/sqlite.js');
  try {
    const accounts = sqliteAccounts(dataFile.database);
    const { readReplica } = await import('../database/replica.js');
    const saved = readReplica(dataFile.database);
    const result = await work(accounts, async (change) => {
      if (saved === null) {
        accounts.changeFromOutside(change);
        return null;
      }
      const { requestChange } = await import('./cluster-request.js');
      return requestChange(dataFile, saved, change, environment);
    });
    if ('out' in result) {
      if (result.out !== '') stdout().write(`${result.out}\n`);
    } else {
      printError(`partyline: ${result.problem}`);
      process.exitCode = 1;
    }
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw describeFailure(error, dataFile.folder);
  } finally {
    dataFile.close();
  }
}

/** Changes the account of a registered name, and leaves a record that a running server reads. */
async function change(
  accounts: AccountStore,
  make: MakeChange,
  typed: string,
  plan: (account: string, shown: string) => { readonly change: AdminChange; readonly out: string },
): Promise<Result> {
  const account = accounts.users.find(typed);
  if (account === undefined) {
    return {
      problem: `user "${typed}" is not registered; a user registers in the chat with REGISTER <password>`,
    };
  }
  const planned = plan(account.fold, account.shown);
  const problem = await make(planned.change);
  return problem === null ? { out: planned.out } : { problem };
}

async function revokeToken(accounts: AccountStore, make: MakeChange, id: string): Promise<Result> {
  const token = accounts.users.tokens().find((one) => one.id === id);
  if (token === undefined) return { problem: `unknown token "${id}"; partyline token list prints the ids` };
  const problem = await make({ kind: 'revoke-token', account: token.fold, id });
  return problem === null ? { out: `token ${id} is revoked` } : { problem };
}

function listUsers(users: Users, options: ListOptions): Result {
  const rows = users
    .all()
    .map(({ shown, isOperator, registeredAt }) => [
      shown,
      isOperator === 1 ? 'operator' : 'user',
      date(registeredAt),
    ]);
  return list(['name', 'role', 'registered'], rows, options);
}

function listTokens(users: Users, options: ListOptions): Result {
  const rows = users
    .tokens()
    .map(({ id, fold, createdAt, expiresAt, isPage }) => [
      id,
      users.account(fold)?.shown ?? fold,
      date(createdAt),
      expiresAt === null ? null : date(expiresAt),
      isPage === 1 ? 'page' : options.json === true ? 'token' : '',
    ]);
  return list(['id', 'name', 'created', 'expires', 'kind'], rows, options);
}

/** A table, with headings on a terminal; or JSON, whose keys are the headings. In a table, null is `absent`. */
export function list(
  headings: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  { json = false }: ListOptions,
  absent = 'never',
): Result {
  if (json) {
    const objects = rows.map((row) =>
      Object.fromEntries(headings.map((name, column) => [name, row[column] ?? null])),
    );
    return { out: JSON.stringify(objects, null, 2) };
  }
  const cells = rows.map((row) => row.map((cell) => cell ?? absent));
  const hasHeadings = process.stdout.isTTY && rows.length > 0;
  return { out: table(hasHeadings ? [headings.map((name) => name.toUpperCase()), ...cells] : cells) };
}

/** Aligns the cells of the rows in columns, one row per line. */
export function table(rows: readonly (readonly string[])[]): string {
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

export function date(at: number): string {
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
    `invalid --expires ${typed}; give seconds, minutes, hours, days or weeks, such as --expires 30d`,
  );
}

export function usage(problem: string): ConfigError {
  return new ConfigError(`partyline: ${problem}`);
}
