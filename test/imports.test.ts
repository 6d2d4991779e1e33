/** The arrows between the folders, as docs/architecture.md draws them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '../src');

/** What each folder may import of the others, and the single files it may beyond that. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  wire: ['core/'],
  dialects: ['core/', 'wire/'],
  gateway: ['core/', 'wire/', 'dialects/'],
  net: ['error-code', 'core/ports', 'core/reasons', 'wire/sniff', 'wire/websocket-framing'],
  library: ['core/', 'wire/framing'],
  clients: ['error-code', 'core/text', 'wire/line-framer'],
  history: ['core/ports', 'core/text', 'core/words', 'store/'],
  store: ['error-code'],
  accounts: [
    'core/accounts',
    'core/ports',
    'core/text',
    'store/database',
    'store/migrations',
    'store/transaction',
  ],
  cluster: ['core/ports'],
};

/** The hub's own: its state, which nothing outside may reach into. */
const CORE_ONLY = [
  'core/answers',
  'core/coming-back',
  'core/desk',
  'core/directory',
  'core/names',
  'core/order',
  'core/rights',
  'core/room',
  'core/segment',
  'core/spoken',
  'core/tally',
  'core/turn',
  'core/write-queue',
];

interface Import {
  readonly from: string;
  readonly to: string;
  /** Types alone: nothing of it is loaded. */
  readonly isType: boolean;
}

const imports: readonly Import[] = filesIn(SOURCE).flatMap((file) => {
  const from = relative(SOURCE, file).replaceAll('\\', '/');
  const found = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\s[^;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'/gm,
  );
  return Array.from(found, ([statement, named, bare, inline]) => {
    const target = named ?? bare ?? inline ?? '';
    return {
      from,
      to: target.startsWith('.') ? posix.join(posix.dirname(from), target).replace(/\.js$/, '') : target,
      isType: /^(?:import|export) type\s/.test(statement),
    };
  });
});

describe('imports run one way', () => {
  it.each(Object.entries(MAY_IMPORT))('%s', (folder, allowed) => {
    const wrong = imports.filter(({ from, to }) => {
      if (!from.startsWith(`${folder}/`) || to.startsWith(`${folder}/`)) return false;
      const isOurs = !to.includes(':') && /^[a-z-]+(?:\/|$)/.test(to) && isSource(to);
      return (
        isOurs && !allowed.some((prefix) => to === prefix || (prefix.endsWith('/') && to.startsWith(prefix)))
      );
    });
    expect(wrong).toEqual([]);
  });

  it('the core has nothing of the system in it: no socket, no file, no logger', () => {
    const foreign = imports.filter(({ from, to }) => from.startsWith('core/') && !to.startsWith('core/'));
    expect(foreign.map(({ to }) => to)).toEqual(['unhomoglyph']);
  });

  it('the core has no clock and no timer of its own', () => {
    const ambient =
      /\b(?:Date\.now|new Date\b|performance\.|process\.\w|console\.\w|set(?:Timeout|Interval|Immediate)\()/;
    const users = filesIn(join(SOURCE, 'core')).filter((file) => ambient.test(readFileSync(file, 'utf8')));
    expect(users).toEqual([]);
  });

  it('what the hub owns is imported by the core alone', () => {
    expect(imports.filter(({ from, to }) => !from.startsWith('core/') && CORE_ONLY.includes(to))).toEqual([]);
  });

  it('only cli and config read the environment', () => {
    const readers = filesIn(SOURCE).filter((file) => readFileSync(file, 'utf8').includes('process.env'));
    expect(
      readers.map((file) => relative(SOURCE, file)).filter((file) => !['cli.ts', 'config.ts'].includes(file)),
    ).toEqual([]);
  });

  it('the library takes nothing of the command line with it: no flags, no .env, no log of its own, no data file', () => {
    const reached = new Set(['index']);
    for (const file of reached)
      for (const { from, to, isType } of imports) if (from === `${file}.ts` && !isType) reached.add(to);
    expect(reached).toContain('core/hub');
    const ofTheProcess =
      /^(?:cli.*|server|log|log-sink|encryption|self-signed|clients\/.*|store\/(?:database|lock)|commander|dotenv|pino.*|better-sqlite3|node:v8)$/;
    expect([...reached].filter((target) => ofTheProcess.test(target))).toEqual([]);
  });

  it('the test sees the imports it judges', () => {
    expect(imports).toContainEqual({ from: 'core/hub.ts', to: 'core/client', isType: false });
    expect(imports).toContainEqual({ from: 'cli-clients.ts', to: 'clients/chat', isType: false });
    expect(imports.length).toBeGreaterThan(50);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function isSource(target: string): boolean {
  return filesIn(SOURCE).some((file) => relative(SOURCE, file).replaceAll('\\', '/') === `${target}.ts`);
}
