/**
 * `partyline ban`: lists and changes bans in the data directory, for a banned operator, or when no operator is
 * online. A running server notices the change within a second.
 */
import type { Command } from 'commander';
import { add, group, JSON_HELP, type ListOptions, withAccounts } from './accounts.js';
import type { NewBan } from './ban-actions.js';
import type { DataDirOptions, Environment } from './data-dir.js';

export function addBanCommands(program: Command, environment: Environment): void {
  const ban = group(program, 'ban', 'list, add and remove bans of names and addresses');
  add(ban, 'list', 'list the bans, with end, author and reason')
    .option('--json', JSON_HELP)
    .action(async (options: ListOptions) => {
      const { listBans } = await import('./ban-actions.js');
      return withAccounts(options, environment, (accounts) => listBans(accounts, options));
    });
  add(ban, 'add <target>', 'ban a name, an address or a block of addresses, and end its sessions')
    .option('--minutes <count>', 'duration (default: until it is removed)')
    .option('--reason <text>', 'reason, shown to the user')
    .option('--force', 'also ban addresses of this machine (127.0.0.0/8 and ::1)')
    .action(async (target: string, options: NewBan & DataDirOptions) => {
      const { addBan, endAfter } = await import('./ban-actions.js');
      const until = endAfter(options.minutes);
      return withAccounts(options, environment, (accounts, make) =>
        addBan(accounts, make, target, until, options),
      );
    });
  add(ban, 'remove <target>', 'lift a ban').action(async (target: string, options: DataDirOptions) => {
    const { removeBan } = await import('./ban-actions.js');
    return withAccounts(options, environment, (accounts, make) => removeBan(accounts, make, target));
  });
}
