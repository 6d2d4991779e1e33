/** Every dialect with every other, over real sockets: the actions of one client reach each other in its own dialect. */
import { describe, expect, it } from 'vitest';
import { lines } from './speakers.js';
import { ENDPOINTS, FullLobby, comparable } from './endpoints.js';

describe.each(ENDPOINTS)('$name', (endpoint) => {
  const { speaker } = endpoint;
  /** As clients of other dialects see a client of this one. */
  const by = speaker.dialect;

  it('a client is announced to every other client, and its message reaches each in its own dialect', async () => {
    const lobby = await FullLobby.open();
    const ann = await lobby.connect(endpoint, 'Ann');
    expect(await lobby.receivedByAll()).toEqual(lobby.each((other) => other.joined('Ann', { by })));
    ann.say('hello  there: 日本 <b>%s</b>');
    await lobby.observed('Ann', 'hello  there: 日本 <b>%s</b>');
    expect(await lobby.receivedByAll()).toEqual(
      lobby.each((other) => other.said('Ann', 'hello  there: 日本 <b>%s</b>', { by })),
    );
    expect(await lobby.receivedBy(ann)).toBe(speaker.own('Ann', 'hello  there: 日本 <b>%s</b>'));
  });

  it('a client receives the messages of every other client', async () => {
    const lobby = await FullLobby.open();
    const ann = await lobby.connect(endpoint, 'Ann');
    for (const member of lobby.members) {
      member.say('hi Ann');
      await lobby.observed(member.name, 'hi Ann');
      expect(await lobby.receivedBy(ann)).toBe(
        speaker.said(member.name, 'hi Ann', { by: member.speaker.dialect }),
      );
    }
  });

  it('a client enters another room, and the lobby sees nothing of that room', async () => {
    const lobby = await FullLobby.open();
    const dev = await lobby.connect(ENDPOINTS[0] ?? endpoint, 'dev', lines.enter('dev', 'dev'));
    const others = [dev];
    for (const [number, other] of ENDPOINTS.entries())
      others.push(await lobby.connect(other, `dev${number}`, other.speaker.enter(`dev${number}`, 'dev')));
    for (const other of others) await lobby.receivedBy(other);
    await lobby.receivedByAll();

    const ann = await lobby.connect(endpoint, 'Ann', speaker.enter('Ann', 'dev'));
    ann.connection.send(speaker.say('in dev', 'dev'));
    await dev.connection.until('MSG Ann in dev\n');
    const shown = (other: typeof speaker) =>
      speaker.viaLobby ? other.joined('Ann', { by }) + other.left('Ann', 'lobby', { by }) : '';
    expect(await lobby.receivedByAll()).toEqual(lobby.each(shown));
    for (const other of others.slice(1))
      expect(await lobby.receivedBy(other)).toBe(
        other.speaker.entered('Ann', 'dev', { by }) +
          other.speaker.said('Ann', 'in dev', { by, room: 'dev' }),
      );

    ann.connection.leave();
    await dev.connection.until('INFO Ann disconnected\n');
    const shownEverywhere = (other: typeof speaker) =>
      other.seesEndsInItsRoomsAlone ? '' : other.disconnected('Ann', { by });
    expect(await lobby.receivedByAll()).toEqual(lobby.each(shownEverywhere));
    for (const other of others.slice(1))
      expect(await lobby.receivedBy(other)).toBe(other.speaker.disconnected('Ann', { by }));
  });

  const hasDirectMessages = speaker.tell('x', 'y') !== null;
  if (hasDirectMessages)
    it('a client sends a direct message to each other client, which others do not see', async () => {
      const lobby = await FullLobby.open();
      const ann = await lobby.connect(endpoint, 'Ann');
      await lobby.receivedByAll();
      for (const to of lobby.members) {
        ann.connection.send(speaker.tell(to.name, `psst ${to.name}`) ?? '');
        ann.say('done');
        await lobby.observed('Ann', 'done');
        expect(await lobby.receivedByAll()).toEqual(
          lobby.each((other, member) =>
            member === to
              ? other.told('Ann', `psst ${to.name}`, { by, to: to.name }) + other.said('Ann', 'done', { by })
              : other.said('Ann', 'done', { by }),
          ),
        );
      }
    });

  it.each(['end', 'leave', 'reset'] as const)(
    'a client is shown as disconnected to every other client, once, after: %s',
    async (how) => {
      const lobby = await FullLobby.open();
      const ann = await lobby.connect(endpoint, 'Ann');
      await lobby.receivedByAll();
      ann.connection[how]();
      await lobby.observer.until('INFO Ann disconnected\n');
      expect(await lobby.receivedByAll()).toEqual(lobby.each((other) => other.disconnected('Ann', { by })));

      const next = await lobby.connect(endpoint, 'Bea', speaker.login('Bea'));
      next.say('Ann has gone');
      await lobby.observed('Bea', 'Ann has gone');
      expect(await lobby.receivedByAll()).toEqual(
        lobby.each((other) => other.joined('Bea', { by }) + other.said('Bea', 'Ann has gone', { by })),
      );
    },
  );

  it('a client cannot take a name that any other client has', async () => {
    const lobby = await FullLobby.open();
    for (const member of lobby.members) {
      const late = await endpoint.connect(lobby.server);
      late.send(speaker.login(member.name.toUpperCase()));
      await late.until(/username-taken|already in use/);
      late.leave();
    }
    expect(await lobby.receivedByAll()).toEqual(lobby.each(() => ''));
  });

  it('a client gets the notice of a shutdown as its last line', async () => {
    const lobby = await FullLobby.open();
    const ann = await lobby.connect(endpoint, 'Ann');
    await lobby.server.stop();
    expect(comparable((await ann.connection.toEnd()).text)).toBe(speaker.shutdown);
  });
});

it('simultaneous messages reach all clients in one order', async () => {
  const lobby = await FullLobby.open();
  for (let round = 0; round < 20; round++)
    for (const member of lobby.members) member.say(`${member.name}-${round}`);
  const dialectOf = (name: string) =>
    lobby.members.find((one) => one.name === name)?.speaker.dialect ?? 'lines';
  const said: { from: string; text: string }[] = [];
  while (said.length < 20 * lobby.members.length) {
    const [, from = '', text = ''] = /^MSG (\S+) (.*)\n$/.exec(await lobby.observer.until('\n')) ?? [];
    if (text !== '') said.push({ from, text });
  }
  expect(await lobby.receivedByAll()).toEqual(
    lobby.each((speaker, member) =>
      said
        .map(({ from, text }) =>
          from === member.name ? speaker.own(from, text) : speaker.said(from, text, { by: dialectOf(from) }),
        )
        .join(''),
    ),
  );
});
