import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin, lineBytes } from '../../support/irc.js';
import { passwordOf, World } from '../../support/world.js';
import { connect, gotalk, machat } from '../speakers.js';

const S = ':partyline.local';

function inDev(caps = '') {
  const world = new World();
  const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { caps, rooms: ['#dev'] });
  const lin = world.login('lin');
  lin.send('JOIN dev\n');
  lin.read();
  ann.lines();
  bob.lines();
  return { world, ann, bob, lin };
}

describe('an action', () => {
  it('is an action for IRC, and `* bob waves` for others', () => {
    const { ann, bob, lin } = inDev();
    ann.ask(
      'PRIVMSG #dev :\x01ACTION waves\x01',
      'PRIVMSG #dev :\x01ACTION bows',
      'PRIVMSG lin :\x01ACTION nods\x01',
    );
    expect(bob.lines()).toEqual([
      ':ann!ann@host PRIVMSG #dev :\x01ACTION waves\x01',
      ':ann!ann@host PRIVMSG #dev :\x01ACTION bows\x01',
    ]);
    expect(lin.read()).toBe('MSG ann * ann waves\nMSG ann * ann bows\nDM ann * ann nods\n');
    lin.send('ME dances\n');
    expect(bob.lines()).toEqual([':lin!lines@host PRIVMSG #dev :\x01ACTION dances\x01']);
  });
});

describe('a notice', () => {
  it('is told from a message by IRC alone', () => {
    const { ann, bob, lin } = inDev();
    ann.ask('NOTICE #dev :hi', 'NOTICE bob,lin :psst');
    expect(bob.lines()).toEqual([':ann!ann@host NOTICE #dev :hi', ':ann!ann@host NOTICE bob :psst']);
    expect(lin.read()).toBe('MSG ann hi\nDM ann psst\n');
  });
});

describe('formatting', () => {
  it('reaches IRC alone, live alone', () => {
    const { ann, bob, lin } = inDev();
    const styled = '\x02bold\x02 \x0304,12red\x03 \x1f\x1d\x0f\x16\x11\x1e\x04ff0000x';
    ann.ask(`PRIVMSG #dev :${styled}\x07\x1b[31m`);
    expect(bob.lines()).toEqual([`:ann!ann@host PRIVMSG #dev :${styled}[31m`]);
    expect(lin.read()).toBe('MSG ann bold red x[31m\n');
    lin.send('HISTORY 1\n');
    expect(lin.read()).toMatch(/^HIST \d+ \S+ ann bold red x\[31m\nOK\n$/);
    expect(ann.ask('PRIVMSG #dev :\x02\x0304\x0f')).toEqual([`${S} 412 ann :No text to send`]);
    expect(ann.ask('TOPIC #dev :\x02loud')).toEqual([':ann!ann@host TOPIC #dev :\x02loud']);
    expect(bob.lines()).toEqual([':ann!ann@host TOPIC #dev :\x02loud']);
    expect(bob.ask('TOPIC #dev')[0]).toBe(`${S} 332 bob #dev :loud`);
  });

  it.each([
    ['PART #dev :', ' PART #dev :red x'],
    ['KICK #dev lin :', ' KICK #dev lin :red x'],
    ['AWAY :', ' AWAY :red x'],
    ['SETNAME :', ' SETNAME :red x'],
    ['QUIT :', ' QUIT :Quit: red x'],
    ['PRIVMSG bob :\x01X ', ' PRIVMSG bob :\x01X red x\x01'],
  ])('is removed from %j with the digits of its colours', (command, line) => {
    const { ann, bob } = inDev('away-notify setname');
    ann.ask(`${command}\x02\x0304,12red\x0f \x04ff0000x`);
    expect(bob.lines()).toEqual([`:ann!ann@host${line}`]);
  });

  it('is removed from a real name, and from what operators write, with the digits of its colours', async () => {
    const { world, ann, bob } = inDev('draft/message-redaction message-tags');
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = new IrcPeer(world);
    opal.send('NICK op2', 'USER op2 0 * :\x0304Op\x0f 2', `OPER opal ${passwordOf('opal')}`);
    await world.hashed();
    opal.lines();
    expect(ann.ask('WHOIS op2')[0]).toBe(`${S} 311 ann op2 op2 host * :Op 2`);
    bob.ask('MODE bob +w', 'PRIVMSG #dev :hi');
    const [, id = ''] = /msgid=(\d+)/.exec(ann.lines().join()) ?? [];
    bob.send(`REDACT #dev ${id} :\x0304red`);
    expect(ann.lines()).toEqual([`:bob!bob@host REDACT #dev ${id} :red`]);
    opal.send('WALLOPS :\x0304red');
    opal.send('KILL bob :\x0304red');
    expect(bob.lines()).toEqual([
      ':op2!op2@host WALLOPS :red',
      ':op2 KILL bob :red',
      expect.stringMatching(/^ERROR :Closing Link: \S+ \(Kicked by op2: red\)$/),
    ]);
  });
});

describe('CTCP', () => {
  it('goes from IRC to IRC, and is nothing to others', () => {
    const { ann, bob, lin } = inDev();
    expect(
      ann.ask('PRIVMSG bob :\x01VERSION\x01', 'PRIVMSG lin :\x01VERSION\x01', 'PRIVMSG #dev :\x01PING 1\x01'),
    ).toEqual([]);
    expect(bob.lines()).toEqual([
      ':ann!ann@host PRIVMSG bob :\x01VERSION\x01',
      ':ann!ann@host PRIVMSG #dev :\x01PING 1\x01',
    ]);
    bob.ask('NOTICE ann :\x01VERSION irssi\x01');
    expect(ann.lines()).toEqual([':bob!bob@host NOTICE ann :\x01VERSION irssi\x01']);
    expect(lin.read()).toBe('');
    ann.ask('MODE #dev +C');
    bob.lines();
    expect(bob.ask('PRIVMSG #dev :\x01PING 1\x01')).toEqual([`${S} 404 bob #dev :Cannot send to channel`]);
    expect(bob.ask('PRIVMSG #dev :\x01ACTION waves\x01')).toEqual([]);
  });
});

describe('CTCP without its last 01', () => {
  it.each(['PRIVMSG bob :\x01X ', 'PRIVMSG #dev :\x01ACTION ', 'NOTICE @#dev :\x01X '])(
    'is refused where that does not fit: %j',
    (command) => {
      const { ann, bob } = inDev();
      ann.ask('MODE #dev +o bob');
      bob.lines();
      const most = 509 - `:ann!ann@0123456789.partyline ${command}`.length;
      expect(ann.ask(command + 'x'.repeat(most + 1))).toEqual([`${S} 417 ann :Input line was too long`]);
      expect(bob.lines()).toEqual([]);
      ann.ask(command + 'x'.repeat(most));
      const lines = bob.lines();
      expect(lines).toEqual([`:ann!ann@host ${command}${'x'.repeat(most)}\x01`]);
      expect(lines.map(lineBytes)).toEqual([512]);
    },
  );
});

describe('a client tag', () => {
  it('is passed on to those with message-tags, in TAGMSG and in messages', () => {
    const { world, ann, bob, lin } = inDev('message-tags');
    const old = ircLogin(world, 'old', { rooms: ['#dev'] });
    ann.lines();
    bob.lines();
    ann.ask(
      '@+typing=active;other=1 TAGMSG #dev',
      '@+a=\\s\\: PRIVMSG #dev :hi',
      'TAGMSG #dev',
      '@x TAGMSG bob',
    );
    expect(bob.lines()).toEqual([
      '@+typing=active :ann!ann@host TAGMSG #dev',
      expect.stringMatching(/^@msgid=\d+;\+a=\\s\\: :ann!ann@host PRIVMSG #dev :hi$/),
      // Of other tags none is relayed, but the message is (IRCv3 message-tags).
      ':ann!ann@host TAGMSG #dev',
      ':ann!ann@host TAGMSG bob',
    ]);
    expect(old.lines()).toEqual([':ann!ann@host PRIVMSG #dev :hi']);
    expect(old.ask('TAGMSG #dev', '@+a TAGMSG bob')).toEqual([]);
    expect(bob.lines()).toEqual([]);
    lin.read();
    expect(ann.ask('TAGMSG')).toEqual([`${S} 461 ann TAGMSG :Not enough parameters`]);
  });
});

describe('STATUSMSG', () => {
  it('reaches members with that status alone, and is not stored', () => {
    const { ann, bob, lin } = inDev();
    expect(bob.ask('PRIVMSG @#dev :ops only', 'NOTICE +#dev :voices')).toEqual([]);
    expect(ann.lines()).toEqual([
      ':bob!bob@host PRIVMSG @#dev :ops only',
      ':bob!bob@host NOTICE +#dev :voices',
    ]);
    expect(bob.ask('PRIVMSG @#dev :\x01ACTION waves \x02hard\x01', 'PRIVMSG +#dev :\x01ACTION bows')).toEqual(
      [],
    );
    expect(ann.lines()).toEqual([
      ':bob!bob@host PRIVMSG @#dev :\x01ACTION waves \x02hard\x01',
      ':bob!bob@host PRIVMSG +#dev :\x01ACTION bows\x01',
    ]);
    lin.send('HISTORY\n');
    expect(lin.read()).toBe('OK\n');
  });

  it('reaches members of other protocols in words', () => {
    const { world, ann, bob, lin } = inDev();
    const [gus, mina] = [connect(world, gotalk), connect(world, machat)];
    gus.send(gotalk.enter('gus', 'dev'));
    mina.send(machat.enter('mina', 'dev'));
    ann.ask('MODE #dev +ooo lin gus mina');
    for (const peer of [lin, gus, mina]) peer.read();
    bob.ask(
      'PRIVMSG @#dev :\x02help\x02 me',
      'PRIVMSG +#dev :\x01ACTION bows\x01',
      'PRIVMSG @#dev :\x01PING 1\x01',
    );
    expect(lin.lines()).toEqual([
      'INFO bob to the @ of dev: help me',
      'INFO bob to the @ and + of dev: * bob bows',
    ]);
    expect(gus.read()).toMatch(
      /\]\[system\]: bob to the @ of dev: help me\n.*: bob to the @ and \+ of dev: \* bob bows\n/,
    );
    expect(mina.lines()).toEqual([
      '* bob (to the @ of dev): help me',
      '* bob (to the @ and + of dev): * bob bows',
    ]);
    ann.ask('MODE #dev -o lin');
    lin.read();
    bob.ask('PRIVMSG @#dev :ops only', 'PRIVMSG #dev :all');
    expect(lin.lines()).toEqual(['MSG bob all']);
  });
});

describe('a paste', () => {
  it('is a batch for those with draft/multiline, and as many messages for others', () => {
    const { world, bob, lin } = inDev('draft/multiline batch message-tags');
    const old = ircLogin(world, 'old', { rooms: ['#dev'] });
    bob.lines();
    lin.send('PASTE\none\n\ntwo\n.\n');
    const [start = '', ...lines] = bob.lines();
    const reference = / BATCH \+(\S+) draft\/multiline #dev$/.exec(start)?.[1] ?? '?';
    expect(start).toMatch(/^@msgid=\d+ :lin!lines@host BATCH /);
    expect(lines).toEqual([
      `@batch=${reference} :lin!lines@host PRIVMSG #dev :one`,
      `@batch=${reference} :lin!lines@host PRIVMSG #dev :`,
      `@batch=${reference} :lin!lines@host PRIVMSG #dev :two`,
      `:lin!lines@host BATCH -${reference}`,
    ]);
    expect(old.lines()).toEqual([':lin!lines@host PRIVMSG #dev :one', ':lin!lines@host PRIVMSG #dev :two']);
  });

  it('is sent by IRC as a batch, said whole', () => {
    const { ann, bob, lin } = inDev('draft/multiline batch message-tags labeled-response');
    expect(
      ann.ask(
        '@label=7 BATCH +1 draft/multiline #dev',
        '@batch=1 PRIVMSG #dev :one',
        '@batch=1;draft/multiline-concat PRIVMSG #dev : and a half',
        '@batch=1 PRIVMSG #dev :two',
        'BATCH -1',
      ),
    ).toEqual([`@label=7 ${S} ACK`]);
    expect(lin.read()).toBe('MSG ann one and a half\nMSG ann two\n');
    expect(bob.lines()).toHaveLength(4);
  });

  it.each([
    ['MULTILINE_INVALID_TARGET #dev #x', ['@batch=1 PRIVMSG #x :one']],
    ['MULTILINE_INVALID', ['@batch=1 PRIVMSG #dev :']],
    ['MULTILINE_INVALID', ['@batch=1 JOIN #dev']],
    ['MULTILINE_MAX_LINES 200', Array.from({ length: 201 }, () => '@batch=1 PRIVMSG #dev :x')],
    [
      'MULTILINE_MAX_BYTES 16384',
      Array.from({ length: 42 }, () => `@batch=1 PRIVMSG #dev :${'x'.repeat(400)}`),
    ],
  ])('with a fault is refused as a whole: %s', (code, lines) => {
    const { ann, bob } = inDev('draft/multiline batch');
    expect(ann.ask('BATCH +1 draft/multiline #dev', ...lines, 'BATCH -1')).toEqual([
      expect.stringMatching(new RegExp(`^${S} FAIL BATCH ${code} :`)),
    ]);
    expect(bob.lines()).toEqual([]);
  });
});
