/** Compares docs/library.md with the code: the example runs, and the tables are complete. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { settings } from '../../src/config/settings.js';
import { defaultConfig } from '../../src/config/load-config.js';
import { chatConfigOf } from '../../src/config/library-options.js';
import { temporaryFolder } from '../support/folders.js';

const ROOT = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');

describe('docs/library.md', () => {
  it('docs/library.md begins with an example that runs, posts a message and exits on SIGINT', async () => {
    const [, example = ''] = /```js\n([^]*?)```/.exec(text) ?? [];
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/partyline'));
    const program = `${example.replace('4000', '0')}\nprocess.kill(process.pid, 'SIGINT');\n`;
    writeFileSync(join(folder, 'program.mjs'), program);
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'program.mjs')], {
      timeout: 15_000,
    });
    expect(stdout).toMatch(/^ncat localhost \d+\n#lobby deploy-bot: version 2 is out\n$/);
  });

  it('docs/library.md lists every option with its setting and its default', () => {
    const chat = chatConfigOf(defaultConfig);
    const rows = settings
      .filter(({ key }) => key in chat)
      .map(({ key, env }) => `| \`${key}\` | \`${env}\` | \`${asCode(defaultConfig[key])}\` |`);
    const [, table = ''] =
      /\| option \| setting \| default \|\n\|---\|---\|---\|\n([^]*?)\n\n/.exec(text) ?? [];
    expect(table.split('\n')).toEqual(rows);
  });

  it('docs/library.md lists every event with its fields', () => {
    const rows = Array.from(text.matchAll(/^\| `(login|join|leave|message|dm)` \| .* \| (.*) \|$/gm));
    const documented = rows.map(([, name, fields = '']) => [
      name,
      Array.from(fields.replace(/\(.*?\)/g, '').matchAll(/`(\w+)`/g), ([, field]) => field),
    ]);
    const declared = readFileSync(join(ROOT, 'src/library/events.ts'), 'utf8');
    const fieldsOf = (type: string) => {
      const [, body = ''] = new RegExp(`interface ${type} {\n([^]*?)\n}`).exec(declared) ?? [];
      return Array.from(body.matchAll(/readonly (\w+):/g), ([, field]) => field);
    };
    const events = Array.from(declared.matchAll(/^ {2}readonly (\w+): (Partyline\w+);/gm));
    expect(documented).toEqual(events.map(([, name, type = '']) => [name, fieldsOf(type)]));
    expect(documented).toHaveLength(5);
  });

  it('docs/library.md lists every refusal of say()', () => {
    const [, type = ''] =
      /export type SayRefusal =([^;]*);/.exec(
        readFileSync(join(ROOT, 'src/library/bot-client.ts'), 'utf8'),
      ) ?? [];
    const reasons = Array.from(type.matchAll(/'([a-z-]+)'/g), ([, reason]) => reason);
    expect(reasons.length).toBeGreaterThan(5);
    for (const reason of reasons) expect(text).toMatch(new RegExp(`^\\| .*\`'${reason}'\``, 'm'));
  });
});

function asCode(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ');
}
