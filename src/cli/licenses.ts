/** `partyline licenses`: prints the licences of Partyline and of all that is in its file, which some of them require. */
import type { Command } from 'commander';
import { stdout } from './standard-streams.js';

/** Adds `licenses`. */
export function addLicensesCommand(program: Command): void {
  program
    .command('licenses')
    .description('print the licences of Partyline and of the software in it')
    .action(async () => {
      const { readAsset } = await import('../util/asset.js');
      for (const path of ['LICENSE', 'dist/bundle/THIRD-PARTY-LICENSES.txt'])
        stdout().write(`${readAsset(path).toString().trimEnd()}\n\n`);
    });
}
