/**
 * `partyline hook`: makes, lists and revokes webhooks in the data directory. A running server notices the change within a
 * second.
 */
import type { Command } from 'commander';
import { add, group, JSON_HELP, type ListOptions, withAccounts } from './accounts.js';
import type { DataDirOptions, Environment } from './data-dir.js';

interface NewHook extends DataDirOptions {
  readonly room: string;
  readonly name: string;
}

export function addHookCommands(program: Command, environment: Environment): void {
  const hook = group(program, 'hook', 'manage webhooks, through which other programs post in a room');
  add(hook, 'create', 'create a webhook for posts in one room, and print its URL (only this once)')
    .requiredOption('--room <room>', 'room to post in')
    .requiredOption('--name <name>', 'name to post under; no user can take it')
    .action(async (options: NewHook) => {
      const { createHook, hookUrl } = await import('./hook-actions.js');
      const url = await hookUrl(environment);
      return withAccounts(options, environment, (accounts, make) => createHook(accounts, make, options, url));
    });
  add(hook, 'list', 'list webhooks, with id, room, name and date of creation')
    .option('--json', JSON_HELP)
    .action(async (options: ListOptions) => {
      const { listHooks } = await import('./hook-actions.js');
      return withAccounts(options, environment, (accounts) => listHooks(accounts, options));
    });
  add(hook, 'revoke <id>', 'revoke a webhook').action(async (id: string, options: DataDirOptions) => {
    const { revokeHook } = await import('./hook-actions.js');
    return withAccounts(options, environment, (accounts, make) => revokeHook(accounts, make, id));
  });
}
