/** The arrows between the folders, as docs/architecture.md draws them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '../src');

/** The imports that each folder may have: a folder (with a slash at the end), or a single file. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  // The whole of a chat is put together in the files of src itself.
  'chat.ts': ['accounts/', 'connection/', 'core/'],
  // What requests without a session ask of the chat, for the interface in net/http/api.
  api: [
    'connection/subscriber-connection',
    'core/',
    'dialects/stream/',
    'net/http/api/api-port',
    'net/http/api/errors',
    'util/',
  ],
  'listeners.ts': ['chat', 'config/', 'core/', 'dialects/', 'logging/', 'net/', 'util/'],
  'partyline.ts': [
    'chat',
    'listeners',
    'accounts/',
    'api/',
    'cluster/member',
    'config/',
    'core/',
    'dialects/',
    'history/',
    'library/',
    'logging/',
    'metrics/',
    'net/',
    'util/',
  ],
  cli: [
    'accounts/',
    'client/',
    'cluster/',
    'config/',
    'core/',
    'database/',
    'history/',
    'logging/',
    'server/',
    'util/',
  ],
  util: ['core/ports'],
  cluster: ['config/', 'core/', 'util/'],
  framing: ['core/dialect'],
  logging: ['core/', 'util/'],
  metrics: ['core/', 'util/'],
  database: ['util/'],
  connection: ['core/', 'util/'],
  accounts: ['core/', 'database/', 'util/'],
  history: ['core/', 'database/'],
  dialects: ['core/', 'framing/'],
  net: ['core/ports', 'core/post', 'core/reasons', 'util/'],
  config: ['core/', 'util/'],
  library: ['core/'],
  // The table of commands, for completion and help: data and parsers, without state.
  client: [
    'core/text/',
    'core/limits',
    'dialects/shared/command-table',
    'dialects/shared/help',
    'framing/',
    'util/',
  ],
  // The page in the browser: the client's parser of server lines, and what it needs.
  page: ['client/server-line', 'core/limits', 'core/reasons', 'core/text/clean-text', 'core/text/fold-name'],
  server: [
    'partyline',
    'listeners',
    'accounts/',
    'cluster/',
    'config/',
    'core/',
    'database/',
    'dialects/',
    'history/',
    'logging/',
    'net/',
    'util/',
  ],
};

/** The files of the hub and its turn that others may use. All others are the hub's own state. */
const OPEN_TO_OTHERS = /^core\/(?:hub\/(?:hub|client|local-sequencer)|delivery\/encoder)$/;
const STATE_OF_THE_HUB = /^core\/(?:hub|delivery)\//;

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
      from: from.replace(/\.tsx?$/, ''),
      to: target.startsWith('.') ? posix.join(posix.dirname(from), target).replace(/\.js$/, '') : target,
      isType: /^(?:import|export) type\s/.test(statement),
    };
  });
});

const sources = new Set(
  filesIn(SOURCE).map((file) =>
    relative(SOURCE, file)
      .replaceAll('\\', '/')
      .replace(/\.tsx?$/, ''),
  ),
);

describe('imports run one way', () => {
  it.each(Object.entries(MAY_IMPORT))('the folder %s imports only what lies below it', (folder, allowed) => {
    const wrong = imports.filter(({ from, to }) => {
      const isInside = (file: string) => file.startsWith(`${folder}/`) || `${file}.ts` === folder;
      if (!isInside(from) || isInside(to) || !sources.has(to)) return false;
      return !allowed.some((prefix) => to === prefix || (prefix.endsWith('/') && to.startsWith(prefix)));
    });
    expect(wrong).toEqual([]);
  });

  it('every folder and file of src has its row in the table of imports', () => {
    const parts = new Set(
      [...sources].map((file) => (file.includes('/') ? (file.split('/')[0] ?? '') : `${file}.ts`)),
    );
    // These two only import: the command's first file, and the list of exports.
    for (const entry of ['cli.ts', 'index.ts']) parts.delete(entry);
    expect([...parts].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it('the command line is imported by nothing, and the server only by it', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        (to.startsWith('cli/') && !/^cli(?:\/|$)/.test(from)) ||
        (to.startsWith('server/') && !/^(?:cli|server)(?:\/|$)/.test(from)),
    );
    expect(wrong).toEqual([]);
  });

  it('the core imports nothing of the system: no socket, no file, no logger', () => {
    const foreign = imports.filter(({ from, to }) => from.startsWith('core/') && !to.startsWith('core/'));
    expect(foreign.map(({ to }) => to)).toEqual(['unhomoglyph']);
  });

  it('the page imports two packages, and of the server types and the parser of its lines alone', () => {
    const foreign = imports.filter(({ from, to }) => from.startsWith('page/') && !to.startsWith('page/'));
    const packages = foreign.filter(({ to }) => !sources.has(to)).map(({ to }) => to);
    expect(
      [...new Set(packages)].filter((name) => !/^(?:preact|preact\/hooks|@preact\/signals)$/.test(name)),
    ).toEqual([]);
    expect(foreign.filter(({ to, isType }) => to === 'core/reasons' && !isType)).toEqual([]);
    // Nothing else of the server may come with the parser: each kilobyte is loaded by every visitor.
    const reached = new Set(foreign.filter(({ isType }) => !isType).map(({ to }) => to));
    for (const file of reached)
      for (const { from, to, isType } of imports) if (from === file && !isType) reached.add(to);
    expect([...reached].filter((file) => sources.has(file)).sort()).toEqual([
      'client/server-line',
      'core/limits',
      'core/text/clean-text',
      'core/text/fold-name',
    ]);
  });

  it('the model of the page uses no browser: what it needs of one is in its ports', () => {
    const ambient =
      /\b(?:document|window|navigator|location|localStorage|sessionStorage|BroadcastChannel|WebSocket|fetch)\b\s*[.(]|\b(?:Date\.now|set(?:Timeout|Interval))\(/;
    const users = filesIn(join(SOURCE, 'page/model')).filter((file) =>
      ambient.test(readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
    expect(users).toEqual([]);
  });

  it('the core has no clock and no timer of its own', () => {
    const ambient =
      /\b(?:Date\.now|new Date\b|performance\.|process\.\w|console\.\w|set(?:Timeout|Interval|Immediate)\()/;
    const users = filesIn(join(SOURCE, 'core')).filter((file) => ambient.test(readFileSync(file, 'utf8')));
    expect(users).toEqual([]);
  });

  it('the state of the hub is imported by the core alone', () => {
    const fromOutside = imports.filter(
      ({ from, to }) => !from.startsWith('core/') && STATE_OF_THE_HUB.test(to),
    );
    expect(fromOutside.filter(({ to }) => !OPEN_TO_OTHERS.test(to))).toEqual([]);
  });

  it('only cli and config read the environment', () => {
    const readers = filesIn(SOURCE).filter((file) => readFileSync(file, 'utf8').includes('process.env'));
    const outside = readers
      .map((file) => relative(SOURCE, file))
      .filter((file) => !/^(?:cli\.ts$|cli\/|config\/)/.test(file));
    expect(outside).toEqual([]);
  });

  it('a driver of SQLite is loaded only when a database is opened, and only by its file', () => {
    const users = imports.filter(({ to }) => to === 'better-sqlite3' || to === 'node:sqlite');
    expect(users).toEqual([{ from: 'database/better-sqlite3', to: 'better-sqlite3', isType: true }]);
    const drivers = imports.filter(({ to }) => /^database\/(?:better-sqlite3|node-sqlite)$/.test(to));
    expect([...new Set(drivers.map(({ from }) => from))]).toEqual(['database/driver']);
    // The driver's module tells other threads where to load it from.
    const loaders = imports.filter(({ to }) => to === 'database/load-module').map(({ from }) => from);
    expect(loaders.sort()).toEqual(['database/better-sqlite3', 'database/driver', 'database/node-sqlite']);
  });

  it('only the file of its engine loads the packages of NATS, and only when a log is opened', () => {
    const users = imports.filter(({ to, isType }) => to.startsWith('@nats-io/') && !isType);
    expect([...new Set(users.map(({ from }) => from))]).toEqual(['cluster/nats']);
    const text = readFileSync(join(SOURCE, 'cluster/nats.ts'), 'utf8');
    expect(text).not.toMatch(/^import (?!type)[^;]*'@nats-io/m);
  });

  it('the library loads nothing of the command line: no flags, no .env, no log of its own, no data file', () => {
    const reached = new Set(['index']);
    for (const file of reached)
      for (const { from, to, isType } of imports) if (from === file && !isType) reached.add(to);
    expect(reached).toContain('core/hub/hub');
    const ofTheProcess =
      /^(?:cli(?:\/.*)?|server\/.*|logging\/(?:logger|buffered-output|output-target|append-only-file)|client\/.*|database\/(?:open|lock|driver)|config\/dotenv-file|commander|pino.*|better-sqlite3|node:sqlite|node:v8)$/;
    expect([...reached].filter((target) => ofTheProcess.test(target))).toEqual([]);
  });

  it('no import circle exists, types included, except Client, Session and Room', () => {
    expect(circles()).toEqual([['core/hub/client', 'core/hub/room', 'core/hub/session']]);
  });

  it('the test of imports sees the imports that it judges', () => {
    expect(imports).toContainEqual({ from: 'core/hub/hub', to: 'core/hub/client', isType: false });
    expect(imports).toContainEqual({ from: 'cli/chat-and-send', to: 'client/chat', isType: false });
    expect(imports.length).toBeGreaterThan(50);
  });
});

/** The groups of files that import each other, directly or by way of others. */
function circles(): string[][] {
  const targets = new Map([...sources].map((file) => [file, new Set<string>()]));
  for (const { from, to } of imports) if (sources.has(to)) targets.get(from)?.add(to);
  const reachable = (start: string) => {
    const reached = new Set<string>();
    const next = [start];
    for (let file = next.pop(); file !== undefined; file = next.pop())
      for (const target of targets.get(file) ?? [])
        if (!reached.has(target)) {
          reached.add(target);
          next.push(target);
        }
    return reached;
  };
  const reach = new Map([...sources].map((file) => [file, reachable(file)]));
  const groups = [...sources]
    .filter((file) => reach.get(file)?.has(file))
    .map((file) =>
      [...sources].filter((other) => reach.get(file)?.has(other) && reach.get(other)?.has(file)).sort(),
    );
  return [...new Set(groups.map((group) => group.join(' ')))].map((group) => group.split(' '));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
