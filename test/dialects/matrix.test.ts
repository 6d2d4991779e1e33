/** Every dialect talks to every other, over real sockets: what one does, each is shown in its own words. */
import { describe, expect, it } from 'vitest';
import { lines } from './speakers.js';
import { SEATS, Table, withoutTimes } from './seats.js';

describe.each(SEATS)('$where', (seat) => {
  const { speaker } = seat;

  it('is seen coming, and heard by every other, each in its own words', async () => {
    const table = await Table.lay();
    const ann = await table.sit(seat, 'Ann');
    expect(await table.heard()).toEqual(table.each((other) => other.joined('Ann')));
    ann.say('hello  there: 日本 <b>%s</b>');
    await table.seen('Ann', 'hello  there: 日本 <b>%s</b>');
    expect(await table.heard()).toEqual(
      table.each((other) => other.said('Ann', 'hello  there: 日本 <b>%s</b>')),
    );
    expect(await table.hears(ann)).toBe(speaker.own('Ann', 'hello  there: 日本 <b>%s</b>'));
  });

  it('hears every other', async () => {
    const table = await Table.lay();
    const ann = await table.sit(seat, 'Ann');
    for (const guest of table.guests) {
      guest.say('hi Ann');
      await table.seen(guest.name, 'hi Ann');
      expect(await table.hears(ann)).toBe(speaker.said(guest.name, 'hi Ann'));
    }
  });

  it('goes to a room, of which the lobby hears no more', async () => {
    const table = await Table.lay();
    const porter = await table.sit(SEATS[0] ?? seat, 'porter', lines.enter('porter', 'dev'));
    const others = [porter];
    for (const [number, other] of SEATS.entries())
      others.push(await table.sit(other, `dev${number}`, other.speaker.enter(`dev${number}`, 'dev')));
    for (const other of others) await table.hears(other);
    await table.heard();

    const ann = await table.sit(seat, 'Ann', speaker.enter('Ann', 'dev'));
    ann.say('in dev');
    await porter.line.until('MSG Ann in dev\n');
    const way = (other: typeof speaker) =>
      speaker.viaLobby ? other.joined('Ann') + other.walkedOut('Ann', 'lobby') : '';
    expect(await table.heard()).toEqual(table.each(way));
    for (const other of others.slice(1))
      expect(await table.hears(other)).toBe(
        other.speaker.walkedIn('Ann', 'dev') + other.speaker.said('Ann', 'in dev'),
      );

    ann.line.leave();
    await porter.line.until('INFO Ann disconnected\n');
    const everywhere = (other: typeof speaker) => (other.dialect === 'gotalk' ? '' : other.gone('Ann'));
    expect(await table.heard()).toEqual(table.each(everywhere));
    for (const other of others.slice(1)) expect(await table.hears(other)).toBe(other.speaker.gone('Ann'));
  });

  const canTell = speaker.tell('x', 'y') !== null;
  if (canTell)
    it('tells each something alone', async () => {
      const table = await Table.lay();
      const ann = await table.sit(seat, 'Ann');
      await table.heard();
      for (const to of table.guests) {
        ann.line.send(speaker.tell(to.name, `psst ${to.name}`) ?? '');
        ann.say('done');
        await table.seen('Ann', 'done');
        expect(await table.heard()).toEqual(
          table.each((other, guest) =>
            guest === to
              ? other.told('Ann', `psst ${to.name}`) + other.said('Ann', 'done')
              : other.said('Ann', 'done'),
          ),
        );
      }
    });

  it.each(['end', 'leave', 'reset'] as const)('is seen going, once, however it goes: %s', async (how) => {
    const table = await Table.lay();
    const ann = await table.sit(seat, 'Ann');
    await table.heard();
    ann.line[how]();
    await table.usher.until('INFO Ann disconnected\n');
    expect(await table.heard()).toEqual(table.each((other) => other.gone('Ann')));

    const next = await table.sit(seat, 'Bea', speaker.login('Bea'));
    next.say('Ann has gone');
    await table.seen('Bea', 'Ann has gone');
    expect(await table.heard()).toEqual(
      table.each((other) => other.joined('Bea') + other.said('Bea', 'Ann has gone')),
    );
  });

  it('does not get a name that any other has', async () => {
    const table = await Table.lay();
    for (const guest of table.guests) {
      const late = await seat.connect(table.server);
      late.send(speaker.login(guest.name.toUpperCase()));
      await late.until(/username-taken|already in use/);
      late.leave();
    }
    expect(await table.heard()).toEqual(table.each(() => ''));
  });

  it('hears that the server stops, as its last', async () => {
    const table = await Table.lay();
    const ann = await table.sit(seat, 'Ann');
    await table.server.stop();
    expect(withoutTimes((await ann.line.toEnd()).text)).toBe(speaker.shutdown);
  });
});

it('all who talk at once are heard in one order by all', async () => {
  const table = await Table.lay();
  for (let round = 0; round < 20; round++)
    for (const guest of table.guests) guest.say(`${guest.name}-${round}`);
  const said: { from: string; text: string }[] = [];
  while (said.length < 20 * table.guests.length) {
    const [, from = '', text = ''] = /^MSG (\S+) (.*)\n$/.exec(await table.usher.until('\n')) ?? [];
    if (text !== '') said.push({ from, text });
  }
  expect(await table.heard()).toEqual(
    table.each((speaker, guest) =>
      said
        .map(({ from, text }) => (from === guest.name ? speaker.own(from, text) : speaker.said(from, text)))
        .join(''),
    ),
  );
});
