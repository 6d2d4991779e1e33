import { describe, expect, it } from 'vitest';
import { HELP_COMMANDS } from '../../../src/dialects/irc/help-commands.js';
import { HISTORY_COMMANDS } from '../../../src/dialects/irc/history-commands.js';
import { INFO_COMMANDS } from '../../../src/dialects/irc/info-commands.js';
import { MESSAGE_COMMANDS } from '../../../src/dialects/irc/message-commands.js';
import { MODERATION_COMMANDS } from '../../../src/dialects/irc/moderation-commands.js';
import { MONITOR_COMMANDS } from '../../../src/dialects/irc/monitor.js';
import { OPERATOR_COMMANDS } from '../../../src/dialects/irc/operator-commands.js';
import { QUERY_COMMANDS } from '../../../src/dialects/irc/query-commands.js';
import { READ_MARKER_COMMANDS } from '../../../src/dialects/irc/read-marker.js';
import { REDACTION_COMMANDS } from '../../../src/dialects/irc/redaction.js';
import { ROOM_COMMANDS } from '../../../src/dialects/irc/room-commands.js';
import { SESSION_COMMANDS } from '../../../src/dialects/irc/session-commands.js';
import { ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';

const S = ':partyline.local';

describe('HELP', () => {
  it.each(
    [
      HELP_COMMANDS,
      HISTORY_COMMANDS,
      INFO_COMMANDS,
      MESSAGE_COMMANDS,
      MODERATION_COMMANDS,
      MONITOR_COMMANDS,
      OPERATOR_COMMANDS,
      QUERY_COMMANDS,
      READ_MARKER_COMMANDS,
      REDACTION_COMMANDS,
      ROOM_COMMANDS,
      SESSION_COMMANDS,
    ].flatMap((table) => Object.keys(table)),
  )('explains %s', (verb) => {
    const [title, empty, ...rest] = ircLogin(new World(), 'ann').ask(`HELP ${verb.toLowerCase()}`);
    expect(title).toMatch(new RegExp(`^${S} 704 ann ${verb} :${verb}`));
    expect(empty).toBe(`${S} 705 ann ${verb} :`);
    expect(rest.at(-1)).toMatch(new RegExp(`^${S} 706 ann ${verb} :`));
    expect(rest.slice(0, -1).every((line) => line.startsWith(`${S} 705 ann ${verb} :`))).toBe(true);
  });

  it('lists the commands, and names no subject that is not one word', () => {
    const ann = ircLogin(new World(), 'ann');
    const lines = ann.ask('HELPOP');
    expect(lines.slice(0, 2)).toEqual([`${S} 704 ann * :Commands`, `${S} 705 ann * :`]);
    expect(lines.join(' ')).toContain(' CHATHISTORY ');
    expect(lines.at(-1)).toBe(`${S} 706 ann * :HELP <command> explains one`);
    expect(ann.ask('HELP :unknown subject', 'HELP ::x')).toEqual([
      `${S} 524 ann * :No help available on this topic`,
      `${S} 524 ann * :No help available on this topic`,
    ]);
  });
});

describe('a question about a server', () => {
  it.each([
    ['MOTD', 422],
    ['VERSION', 351],
    ['TIME', 391],
    ['INFO', 371],
    ['ADMIN', 423],
    ['STATS u', 242],
  ])('%s is for this server, by its name or a user, and no other', (command, numeric) => {
    const ann = ircLogin(new World(), 'ann');
    for (const target of ['partyline.local', '*.LOCAL', 'ann'])
      expect(ann.ask(`${command} ${target}`)[0]).toContain(`${S} ${numeric} ann `);
    expect(ann.ask(`${command} irc.example`)).toEqual([`${S} 402 ann irc.example :No such server`]);
  });
});

describe('WHOIS', () => {
  it('ends with what was asked for, as it was typed', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    ircLogin(world, 'bob');
    expect(ann.ask('WHOIS BOB').at(-1)).toBe(`${S} 318 ann BOB :End of WHOIS list`);
    expect(ann.ask('WHOIS bob,ann').at(-1)).toBe(`${S} 318 ann bob,ann :End of WHOIS list`);
    expect(ann.ask('WHOIS partyline.local nobody,bob')).toEqual([
      `${S} 401 ann nobody :No such nick or channel`,
      `${S} 318 ann nobody,bob :End of WHOIS list`,
    ]);
  });

  it('shows all prefixes with multi-prefix, else the highest one', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const all = ircLogin(world, 'all', { caps: 'multi-prefix' });
    ann.ask('MODE #dev +v ann');
    expect(ann.ask('WHOIS ann')).toContain(`${S} 319 ann ann :@#dev`);
    expect(all.ask('WHOIS ann')).toContain(`${S} 319 all ann :@+#dev`);
  });
});

describe('WHO', () => {
  it('shows the status before other flags, and ends with the mask as it was typed', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    ann.ask('MODE ann +B', 'AWAY :lunch');
    expect(ann.ask('WHO #DEV')).toEqual([
      `${S} 352 ann #dev ann host partyline.local ann G@B :0 ann Real`,
      `${S} 315 ann #DEV :End of WHO list`,
    ]);
    expect(ann.ask('WHO 0').at(-1)).toBe(`${S} 315 ann 0 :End of WHO list`);
    expect(ann.ask('WHO').at(-1)).toBe(`${S} 315 ann * :End of WHO list`);
  });
});

describe('LIST', () => {
  it('takes conditions behind the names', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev', '#ops'] });
    ircLogin(world, 'bob', { rooms: ['#dev'] });
    ann.lines();
    expect(ann.ask('LIST #dev,#ops >1')).toEqual([`${S} 322 ann #dev 2 :`, `${S} 323 ann :End of LIST`]);
  });
});

describe('STATUSMSG', () => {
  it('with several prefixes is for the lowest of them', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
    ann.ask('MODE #dev +v bob');
    bob.lines();
    ann.ask('PRIVMSG @#dev :ops', 'PRIVMSG @+#dev :voices');
    expect(bob.lines()).toEqual([':ann!ann@host PRIVMSG +#dev :voices']);
  });
});

describe('a room without +n', () => {
  it('takes messages from outside, which those outside do not get', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: 'echo-message' });
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    lin.read();
    expect(bob.ask('PRIVMSG #dev :no')).toEqual([`${S} 404 bob #dev :Cannot send to channel`]);
    ann.ask('MODE #dev -n');
    expect(bob.ask('PRIVMSG #dev :hi', 'NOTICE #dev :\x01PING 1\x01')).toEqual([
      ':bob!bob@host PRIVMSG #dev :hi',
      ':bob!bob@host NOTICE #dev :\x01PING 1\x01',
    ]);
    ann.send('PRIVMSG #dev :hello');
    expect(bob.lines()).toEqual([]);
    expect(ann.lines()).toEqual([
      ':bob!bob@host PRIVMSG #dev :hi',
      ':bob!bob@host NOTICE #dev :\x01PING 1\x01',
    ]);
    expect(lin.read()).toBe('MSG bob hi\nMSG ann hello\n');
  });

  it('is closed to those outside by +m, +b, +s and a key', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob');
    const blocked = `${S} 404 bob #dev :Cannot send to channel`;
    const absent = `${S} 403 bob #dev :No such channel`;
    for (const [modes, undo, refusal] of [
      ['+m', '-m', blocked],
      ['+b bob', '-b bob', blocked],
      ['+s', '-s', absent],
    ] as const) {
      ann.ask('MODE #dev -n', `MODE #dev ${modes}`);
      expect(bob.ask('PRIVMSG #dev :hi')).toEqual([refusal]);
      ann.ask(`MODE #dev ${undo}`);
    }
    expect(bob.ask('PRIVMSG #dev :hi', 'PRIVMSG #nowhere :hi')).toEqual([
      `${S} 403 bob #nowhere :No such channel`,
    ]);
    expect(ann.lines()).toContain(':bob!bob@host PRIVMSG #dev :hi');
  });

  it('stays closed to users of other protocols, who are in a room or not', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    ann.ask('MODE #dev -n');
    const lin = world.connect();
    lin.send('TAGS ON\nLOGIN lin\n');
    lin.read();
    lin.send('@room=dev MSG hi\n');
    expect(lin.read()).toBe('ERR not-in-room\n');
  });
});
