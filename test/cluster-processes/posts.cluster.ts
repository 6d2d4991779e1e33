/** What programs and the page rely on, over several servers: keyed posts, hooks, streams, read markers and tokens. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EventStream } from '../support/event-stream.js';
import { basic, http, type Reply } from '../support/http-request.js';
import { run } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { WebSocketClient } from '../support/websocket-client.js';
import { Cluster, describeCluster, level, loggedIn } from './cluster.js';
import { report, shortened } from './form.js';
import { Irc } from './irc.js';
import type { Node } from './node.js';
import { copyOf } from './tables.js';

type Three = readonly [Node, Node, Node];

async function three(): Promise<Three> {
  const { nodes } = await Cluster.start();
  const [one, two, other] = nodes;
  if (one === undefined || two === undefined || other === undefined) throw new Error('not three nodes');
  return [one, two, other];
}

function post(
  node: Node,
  text: string,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return http(node.port, '/ops?as=ci', { body: text, headers: { 'Idempotency-Key': key, ...headers } });
}

/** Posts until a server answers, each time on the next one, as a client that retries does. */
async function postAnywhere(nodes: readonly Node[], text: string, key: string): Promise<Reply> {
  for (let attempt = 0; ; attempt++) {
    const node = nodes[attempt % nodes.length] as Node;
    const reply = await post(node, text, key).catch(() => null);
    if (reply !== null && reply.status < 500) return reply;
    await delay(50);
  }
}

function textsOf(node: Node): string[] {
  return copyOf(node).messages.map(({ text }) => text);
}

/** A client with TAGS ON, after its login. */
async function tagged(node: Node, login: string): Promise<{ client: SocketClient; reply: string }> {
  const client = await SocketClient.connect(node.port);
  client.send(`TAGS ON\n${login}\n`);
  return { client, reply: await client.until(/\n.*(?:OK|taken|password)\n/) };
}

const valueIn = (reply: string, key: string) => new RegExp(`@${key}=([\\w-]+)`).exec(reply)?.[1] ?? '';

describeCluster('programs on three servers', () => {
  it('a post with a key is stored once, on whichever server it is tried again, also at the same time', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    const first = await post(one, 'build 1', 'k1');
    const again = await post(two, 'build 1', 'k1');
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
    expect((await post(other, 'build 2', 'k1')).status).toBe(422);

    const atOnce = await Promise.all([...nodes, ...nodes].map((node) => post(node, 'build 3', 'k3')));
    expect(new Set(atOnce.map(({ text }) => text)).size).toBe(1);
    expect(atOnce.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);

    // A registered name, by its password.
    const ann = await loggedIn(one, 'ann');
    ann.send('REGISTER sesame\n');
    await ann.fence();
    const headers = { Authorization: basic('ann', 'sesame') };
    const own = await post(other, 'build 4', 'k4', headers);
    const ownAgain = await post(two, 'build 4', 'k4', headers);
    expect([own.status, ownAgain.status, ownAgain.text]).toEqual([201, 200, own.text]);
    await level(nodes);
    for (const node of nodes)
      expect(textsOf(node).filter((text) => text.startsWith('build'))).toEqual([
        'build 1',
        'build 3',
        'build 4',
      ]);
  });

  it('a post with a key whose server is killed meanwhile is stored once by the retries', async () => {
    const nodes = await three();
    const rounds = shortened(3, 20);
    const answers: string[] = [];
    let replayed = 0;
    for (let round = 0; round < rounds; round++) {
      const victim = nodes[round % 3] as Node;
      const others = nodes.filter((node) => node !== victim);
      const keys = Array.from({ length: 10 }, (_, index) => `${round}-${index}`);
      const lost = keys.map((key) => post(victim, `job ${key}`, key).catch(() => null));
      await delay(Math.random() * 12);
      const killed = victim.end('SIGKILL');
      const retried = keys.map((key) => postAnywhere(others, `job ${key}`, key));
      await killed;
      for (const [index, key] of keys.entries()) {
        const [before, after] = [await lost[index], await retried[index]];
        if (before?.status === 201 || before?.status === 200)
          expect([key, before.text]).toEqual([key, after?.text]);
        if (after?.status === 200) replayed++;
        answers.push(`${after?.text.trim()} job ${key}`);
      }
      await victim.start();
    }
    await level(nodes);
    for (const node of nodes) {
      const stored = copyOf(node).messages.filter(({ text }) => text.startsWith('job '));
      expect(stored.map(({ id, text }) => `${id} ${text}`).sort()).toEqual([...answers].sort());
    }
    report('keyed posts over kill -9', { rounds, posts: answers.length, replayed });
  });

  it('a hook that is made on one server is posted to on another and revoked on a third', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    const hook = (node: Node, ...words: readonly string[]) =>
      run(['hook', ...words, '--data-dir', node.folder], { env: { ...node.env, NODE_NAME: node.name } });
    const created = await hook(one, 'create', '--room', 'ops', '--name', 'grafana');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const path = new URL(created.stdout.trim()).pathname;
    const reader = await loggedIn(other, 'reader');
    reader.send('JOIN ops\n');
    await reader.fence();
    await level(nodes);
    const send = (node: Node, text: string) =>
      http(node.port, path, {
        body: JSON.stringify({ text }),
        headers: { 'content-type': 'application/json' },
      });
    expect(await send(two, 'disk full')).toMatchObject({ status: 200, text: 'ok' });
    await reader.until('MSG grafana disk full\n');
    // Its name is nobody else's, on any server.
    const impostor = await SocketClient.connect(other.port);
    impostor.send('LOGIN grafana\n');
    expect(await impostor.until('\n')).toBe('ERR username-taken\n');
    const { stdout: list } = await hook(other, 'list', '--json');
    const [{ id }] = JSON.parse(list);
    expect(await hook(other, 'revoke', id)).toMatchObject({ code: 0 });
    await level(nodes);
    for (const node of nodes)
      expect(await send(node, 'late')).toMatchObject({ status: 403, text: 'invalid_token' });
  });

  it('a stream that goes on at another server has no gap and nothing twice, also after kill -9', async () => {
    const nodes = await three();
    const stream = new EventStream();
    const writers = await Promise.all(
      nodes.map(async (node, index) => {
        const client = await SocketClient.connect(node.port);
        client.send(`LOGIN writer${index}\nJOIN ops\n`);
        await client.fence();
        return client;
      }),
    );
    await stream.open((nodes[0] as Node).port, '/rooms/ops/events');
    const rounds = shortened(4, 20);
    let count = 0;
    const write = (client: SocketClient | undefined) => client?.send(`MSG line ${++count}\n`);
    for (let round = 0; round < rounds; round++) {
      const served = nodes[round % 3] as Node;
      const next = nodes[(round + 1) % 3] as Node;
      for (let line = 0; line < 30; line++) {
        for (const writer of writers) write(writer);
        await delay(Math.random() * 5);
      }
      const isKilled = round % 2 === 0;
      if (isKilled) await served.end('SIGKILL');
      else stream.close();
      for (const [index, writer] of writers.entries()) if (nodes[index] !== served) write(writer);
      await stream.open(next.port, '/rooms/ops/events');
      if (!isKilled) continue;
      await served.start();
      const back = await loggedIn(served, `writer${round}-again`);
      back.send('JOIN ops\n');
      await back.fence();
      writers[round % 3] = back;
    }
    for (const writer of writers) await writer.fence();
    await level(nodes);
    const ids = copyOf(nodes[0]).messages.flatMap(({ id, room }) => (room === 'ops' ? [id] : []));
    await expect.poll(() => stream.lastId, { timeout: 30_000 }).toBe(ids.at(-1));
    expect(stream.ids).toEqual(ids);
    expect(stream.events.filter(({ event }) => event === 'reset')).toEqual([]);
    // The same cursor is good for a long poll and for a page of messages, on each server.
    for (const node of nodes) {
      const reply = await http(node.port, `/rooms/ops/messages?after=${ids.at(-4)}&wait=10`);
      expect(reply.text.match(/^\d+/gm)?.map(Number)).toEqual(ids.slice(-3));
    }
    report('streams', { rounds, messages: ids.length });
  });

  it('what an account has read on one server is shown to its programs on the others', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    const page = await WebSocketClient.connect(one.port);
    page.send('TAGS ON', 'LOGIN ann', 'REGISTER sesame', 'JOIN dev', 'MSG first', 'MSG second');
    const said = await page.fence();
    expect(said).not.toContain('ERR');
    const phone = await Irc.login(two, 'ann-phone', {
      account: ['ann', 'sesame'],
      caps: 'draft/read-marker',
      rooms: ['#dev'],
    });
    const tablet = await tagged(other, 'LOGIN ann-tablet');
    expect(tablet.reply).toContain('OK');
    tablet.client.send('NICK ann sesame\n');
    // The name is taken from the page, which has to log in again: as ann-page, which is an account of its own.
    await page.toEnd();
    await tablet.client.fence();
    tablet.client.send('JOIN dev\n@label=h HISTORY 2\n');
    const history = await tablet.client.until(/^@label=h OK\n/m);
    const [, id = ''] = /HIST (\d+) \S+ ann second/.exec(history) ?? [];
    tablet.client.send(`@label=r READ ${id}\n`);
    await tablet.client.until('@label=r OK\n');
    const [marked] = (await phone.until(/MARKREAD #dev timestamp=/)).slice(-1);
    const [, time = ''] = /timestamp=(\S+)/.exec(marked ?? '') ?? [];
    const [stored] = copyOf(two).messages.filter((message) => message.id === Number(id));
    expect(Date.parse(time)).toBe(stored?.at);
    await tablet.client.fence();
    tablet.client.send('MSG third\n');
    await phone.until(/PRIVMSG #dev :third/);
    const last = copyOf(two).messages.at(-1);
    phone.send(`MARKREAD #dev timestamp=${new Date(last?.at ?? 0).toISOString()}`);
    await tablet.client.until(`event=read;id=${last?.id} INFO read\n`);
    // Another server shows it to a session that begins later.
    const late = await Irc.login(one, 'ann-late', { account: ['ann', 'sesame'], caps: 'draft/read-marker' });
    const shown = await late.ask('JOIN #dev');
    expect(shown.join('\n')).toContain(`MARKREAD #dev timestamp=${new Date(last?.at ?? 0).toISOString()}`);
  });

  it('a token and a resume value of a killed server are good on the others before its users are ended', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    const watcher = await loggedIn(two, 'watcher');
    const ann = await tagged(one, 'LOGIN ann');
    ann.client.send('REGISTER sesame\n@label=s SESSION\n');
    const token = valueIn(await ann.client.until(/^@label=s.* OK\n/m), 'label=s;token');
    expect(token).toMatch(/^[\w-]{43}$/);
    const guest = await tagged(one, 'LOGIN guest');
    const resume = valueIn(guest.reply, 'resume');
    await level(nodes);
    await one.end('SIGKILL');
    const killedAt = performance.now();
    const page = await WebSocketClient.connect(two.port);
    page.send('TAGS ON', `LOGIN ann ${token}`);
    expect(await page.until(/OK\n.*\n/)).toBe('OK\nOK\n');
    const back = await tagged(other, `@resume=${resume} LOGIN guest`);
    expect(back.reply).toMatch(/^OK\n@resume=[\w-]{22} OK\n$/);
    const bearer = await http(other.port, '/inbox', { headers: { Authorization: `Bearer ${token}` } });
    expect(bearer.status).toBe(200);
    expect(performance.now() - killedAt).toBeLessThan(8000);
    // Each of the two ended once, when it came back.
    const seen = await watcher.until('INFO guest disconnected\n');
    await one.start();
    await level(nodes);
    const all = seen + (await watcher.fence());
    for (const name of ['ann', 'guest']) expect(all.split(`INFO ${name} disconnected\n`)).toHaveLength(2);
  });
});
