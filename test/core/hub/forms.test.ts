/** Actions, notices, formatting and signals: what users of IRC send each other beside texts. */
import { describe, expect, it } from 'vitest';
import type { ParsedLine } from '../../../src/core/dialect.js';
import type { Signal } from '../../../src/core/command.js';
import { styledText } from '../../../src/core/text/styles.js';
import { cleanText } from '../../../src/core/text/text.js';
import { gotalk, machat } from '../../dialects/speakers.js';
import { roam, room, who } from '../../support/roamer.js';
import { World } from '../../support/world.js';

const signal = (kind: Signal['kind'], text = '', tags = ''): Signal => ({ kind, text, tags });

function toRoom(name: string, sent: Signal, status: 'op' | 'voice' | null = null): ParsedLine {
  return { kind: 'signal', room: room(name), who: null, status, signal: sent };
}

function toUser(name: string, sent: Signal): ParsedLine {
  return { kind: 'signal', room: null, who: who(name), status: null, signal: sent };
}

describe('an action', () => {
  it('an action is a message with the name in all dialects, and keeps its form in the history', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'lobby'), world.login('bob')];
    const gus = world.connect('10.0.0.3', gotalk.converse);
    gus.send('gus\n');
    const mina = world.connect('10.0.0.4', machat.converse);
    mina.send('{"name": "Mina", "room": "lobby"}\n');
    for (const peer of [bob, gus, mina]) peer.read();
    const { text, styled } = styledText('\x02waves\x02');
    ann.send({ kind: 'me', room: room('lobby'), text, live: { styled, tags: '+a=b' } });
    expect(bob.read()).toBe('MSG ann * ann waves\n');
    expect(gus.read()).toBe('[2026-03-01 12:00:00][ann]: * ann waves\n');
    expect(mina.read()).toBe('ann:* ann waves\n');
    bob.send('ME waves back\n');
    expect(ann.readOnly('said')).toMatchObject([{ message: { form: 'action', text: '* bob waves back' } }]);
    ann.send({ kind: 'history', room: room('lobby'), query: { kind: 'latest', limit: 5 } });
    const [history] = ann.readOnly('history');
    expect(history?.messages.map((message) => [message.form, message.text])).toEqual([
      ['action', '* ann waves'],
      ['action', '* bob waves back'],
    ]);
  });

  it('an action to one user has the name in other dialects', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann'), world.login('bob')];
    const extras = { form: 'action', live: [null] } as const;
    ann.send({ kind: 'tell', to: cleanText('bob'), text: cleanText('waves'), extras });
    expect(bob.read()).toBe('DM ann * ann waves\n');
  });
});

describe('formatting', () => {
  it('formatting reaches users of IRC while the message is new, and neither others nor the history', () => {
    const world = new World();
    const [ann, cat, bob] = [roam(world, 'ann', 'lobby'), roam(world, 'cat', 'lobby'), world.login('bob')];
    for (const peer of [ann, cat]) peer.read();
    const { text, styled } = styledText('\x0304red\x03 alert');
    const extras = { form: 'notice', live: [{ styled, tags: '+x' }] } as const;
    ann.send({ kind: 'say', room: room('lobby'), text, extras });
    expect(bob.read()).toBe('MSG ann red alert\n');
    expect(cat.readOnly('said')).toMatchObject([
      { message: { text: 'red alert', form: 'notice' }, live: { styled: '\x0304red\x03 alert', tags: '+x' } },
    ]);
    bob.send('HISTORY\nSEARCH red\n');
    expect(bob.read()).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    const stored = world.history.read('lobby', { after: 0, before: 9, limit: 9, keep: 'oldest' });
    expect(JSON.stringify(stored)).not.toContain('04red');
  });

  it('formatting of a topic is shown to users of IRC, and stored without', () => {
    const world = new World();
    const [ann, cat] = [roam(world, 'ann', 'dev'), roam(world, 'cat', 'dev')];
    const { text, styled } = styledText('\x02ours');
    ann.send({ kind: 'topic', room: room('dev'), text, styled: styled ?? undefined });
    expect(cat.readOnly('notice')).toMatchObject([{ notice: { topic: 'ours', styled: '\x02ours' } }]);
    expect(world.accounts.rooms.room('dev')?.topic).toBe('ours');
  });

  it('the lines of a paste name their place in it', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'lobby'), world.login('bob')];
    ann.read();
    bob.send('PASTE\none\ntwo\n.\nMSG three\n');
    expect(ann.readOnly('said').map(({ paste }) => paste)).toEqual([
      { first: 1, index: 0, count: 2, lead: 0 },
      { first: 1, index: 1, count: 2, lead: 0 },
      undefined,
    ]);
  });
});

describe('a signal', () => {
  it('a signal reaches users of IRC in the room, is no message, and is not stored or observed', () => {
    const world = new World();
    const [ann, cat, bob] = [roam(world, 'ann', 'lobby'), roam(world, 'cat', 'lobby'), world.login('bob')];
    cat.read();
    ann.send(
      toRoom('lobby', signal('ctcp', 'VERSION')),
      toRoom('lobby', signal('tags', '', '+typing=active')),
    );
    expect(cat.readOnly('signal')).toMatchObject([
      { by: { name: 'ann' }, to: 'lobby', isRoom: true, signal: { kind: 'ctcp', text: 'VERSION' } },
      { signal: { kind: 'tags', tags: '+typing=active' } },
    ]);
    expect(bob.read()).toBe('');
    expect(ann.readOnly('signal')).toEqual([]);
    expect(world.history.lastId()).toBe(0);
    expect(world.seen.some(({ event }) => event.kind === 'said')).toBe(false);
  });

  it('a signal to a user is shown to that user alone, unless it ignores the sender', () => {
    const world = new World();
    const [ann, cat, dan] = [roam(world, 'ann'), roam(world, 'cat'), roam(world, 'dan')];
    ann.send(toUser('cat', signal('ctcp', 'PING 1')), toUser('nobody', signal('ctcp', 'PING 1')));
    expect(cat.readOnly('signal')).toMatchObject([{ to: 'cat', isRoom: false }]);
    expect(dan.read()).toEqual([]);
    expect(ann.readOnly('refused').map(({ reason }) => reason)).toEqual(['user-not-found']);
    cat.send({ kind: 'ignore', who: who('ann') });
    cat.read();
    ann.send(toUser('cat', signal('ctcp', 'PING 2')));
    expect(cat.read()).toEqual([]);
  });

  it('a signal for members with a status reaches those and operators', () => {
    const world = new World();
    const [ann, bob, cat, dan] = ['ann', 'bob', 'cat', 'dan'].map((name) => roam(world, name, 'dev'));
    ann?.send({
      kind: 'mode',
      room: room('dev'),
      changes: [{ kind: 'status', status: 'voice', on: true, who: who('bob') }],
    });
    for (const peer of [ann, bob, cat, dan]) peer?.read();
    cat?.send(
      toRoom('dev', signal('message', 'to ops'), 'op'),
      toRoom('dev', signal('message', 'to both'), 'voice'),
    );
    const texts = [ann, bob, dan].map((peer) => peer?.readOnly('signal').map(({ signal: { text } }) => text));
    expect(texts).toEqual([['to ops', 'to both'], ['to both'], []]);
  });

  it('a signal is refused where its sender may not speak, or the room has no CTCP', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev')];
    bob.read();
    ann.send({ kind: 'mode', room: room('dev'), changes: [{ kind: 'flag', flag: 'no-ctcp', on: true }] });
    bob.send(
      toRoom('dev', signal('ctcp', 'VERSION')),
      toRoom('dev', signal('tags')),
      toRoom('ops', signal('tags')),
    );
    expect(bob.readOnly('refused').map(({ reason }) => reason)).toEqual(['cannot-speak', 'not-in-room']);
    ann.send({ kind: 'mode', room: room('dev'), changes: [{ kind: 'flag', flag: 'moderated', on: true }] });
    bob.send(toRoom('dev', signal('tags')));
    expect(bob.readOnly('refused').map(({ reason }) => reason)).toEqual(['cannot-speak']);
  });
});

describe('a user who is ignored', () => {
  it('a user who is ignored is so under every name of its account', async () => {
    const world = new World();
    world.register('bob');
    const [ann, cat] = [roam(world, 'ann', 'lobby'), world.login('cat')];
    const bob = await world.loginOwner('bob');
    bob.send('NICK rob\n');
    ann.send({ kind: 'ignore', who: who('bob') });
    for (const peer of [ann, cat]) peer.read();
    bob.send('MSG hi\nDM ann psst\n');
    expect(ann.readOnly('said', 'told')).toEqual([]);
    expect(cat.read()).toBe('MSG rob hi\n');
  });
});
