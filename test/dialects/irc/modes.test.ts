import { describe, expect, it } from 'vitest';
import { AccountStore } from '../../../src/accounts/account-store.js';
import { DEFAULT_MODES } from '../../../src/core/modes.js';
import { maskOf } from '../../../src/core/text/mask.js';
import { parseRoomName } from '../../../src/core/text/text.js';
import { ircLogin, lineBytes, setUpIrc } from '../../support/irc.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';
const MADE = '1772366400';

function inDev() {
  const world = new World();
  const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
  ann.lines();
  return { world, ann, bob };
}

/** The accounts of a server on which a registered user has founded #dev. */
async function founded(): Promise<AccountStore> {
  const accounts = AccountStore.inMemory();
  const world = new World({ accounts });
  world.register('fay');
  const fay = await world.loginOwner('fay');
  await fay.ask('JOIN dev\n');
  return accounts;
}

describe('MODE of a channel', () => {
  it.each([':secret', 'a,b', 'k'.repeat(65), '鍵'.repeat(50)])(
    'shows a key that IRC cannot send, or that is long, as *: %s',
    async (key) => {
      const world = new World();
      world.register('fay');
      const fay = await world.loginOwner('fay');
      await fay.ask('JOIN dev\n');
      const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
      ann.lines();
      fay.read();
      expect(await fay.ask(`LOCK ${key}\n`)).toBe('OK\n');
      expect(ann.lines()).toEqual([':fay!lines@host MODE #dev +k *']);
      expect(ann.ask('MODE #dev')[0]).toMatch(/ 324 ann #dev \+k\w* \*$/);
    },
  );

  it('who makes a room is its operator, and its modes are +nt', () => {
    const { ann, bob } = inDev();
    expect(ann.ask('NAMES #dev', 'MODE #dev')).toEqual([
      `${S} 353 ann = #dev :@ann bob`,
      `${S} 366 ann #dev :End of NAMES list`,
      `${S} 324 ann #dev +nt`,
      `${S} 329 ann #dev ${MADE}`,
    ]);
    expect(bob.ask('MODE #dev +m')).toEqual([`${S} 482 bob #dev :You are not channel operator`]);
  });

  it('tells when a room that has a founder began, also after the room was empty and after a restart', async () => {
    const world = new World({ accounts: await founded() });
    world.wait(86_400_000);
    const eve = ircLogin(world, 'eve', { rooms: ['#dev'] });
    expect(eve.ask('MODE #dev')).toEqual([`${S} 324 eve #dev +nt`, `${S} 329 eve #dev ${MADE}`]);
    eve.ask('PART #dev');
    world.wait(86_400_000);
    expect(eve.ask('JOIN #dev', 'MODE #dev').at(-1)).toBe(`${S} 329 eve #dev ${MADE}`);
    expect(eve.ask('JOIN #new', 'MODE #new').at(-1)).not.toContain(MADE);
  });

  it('tells no time of a room of which an earlier version did not store it', async () => {
    const accounts = await founded();
    const world = new World({ accounts });
    world.login('lin').send('JOIN old\nTAGS ON\nFOLLOW dev\n');
    const state = JSON.stringify(world.hub.state(), (key, value) => (key === 'madeAt' ? undefined : value));
    const later = new World({ accounts });
    later.hub.restore(JSON.parse(state));
    const eve = ircLogin(later, 'eve', { rooms: ['#old', '#dev'] });
    expect(eve.ask('MODE #old', 'MODE #dev')).toEqual([
      `${S} 324 eve #old +nt`,
      `${S} 324 eve #dev +nt`,
      `${S} 329 eve #dev ${MADE}`,
    ]);
  });

  it('changes flags, limit, key and status, as one line', () => {
    const { ann, bob } = inDev();
    const changes = ':ann!ann@host MODE #dev +ml-t+v 5 bob';
    expect(ann.ask('MODE #dev +ml-t+v 5 bob')).toEqual([changes]);
    expect(bob.lines()).toEqual([changes]);
    expect(ann.ask('MODE #dev')[0]).toBe(`${S} 324 ann #dev +lmn 5`);
    expect(ann.ask('MODE #dev +m', 'MODE #dev -l')).toEqual([':ann!ann@host MODE #dev -l']);
  });

  it('sets a key, which members see, and without which others do not get in', async () => {
    const { world, ann, bob } = inDev();
    expect(ann.ask('MODE #dev +k sesame')).toEqual([]);
    await world.hashed();
    expect(ann.lines()).toEqual([':ann!ann@host MODE #dev +k sesame']);
    expect(bob.lines()).toEqual([':ann!ann@host MODE #dev +k sesame']);
    expect(ann.ask('MODE #dev')[0]).toBe(`${S} 324 ann #dev +knt sesame`);
    const eve = ircLogin(world, 'eve');
    expect(eve.ask('JOIN #dev', 'MODE #dev', 'NAMES #dev', 'PRIVMSG #dev :x')).toEqual([
      `${S} 475 eve #dev :Cannot join channel (+k)`,
      `${S} 403 eve #dev :No such channel`,
      `${S} 366 eve #dev :End of NAMES list`,
      expect.stringMatching(/ 40[34] eve #dev /),
    ]);
    eve.send('JOIN #dev sesame');
    await world.hashed();
    expect(eve.lines()[0]).toBe(':eve!eve@host JOIN #dev');
    bob.lines();
    expect(ann.ask('MODE #dev -k x').at(-1)).toBe(':ann!ann@host MODE #dev -k *');
  });

  it('keeps lists of masks, which all may read', () => {
    const { world, ann, bob } = inDev();
    expect(ann.ask('MODE #dev +bb eve m:*!*@lou?')).toEqual([
      ':ann!ann@host MODE #dev +bb eve!*@* m:*!*@lou?',
    ]);
    bob.lines();
    expect(bob.ask('MODE #dev b', 'MODE #dev +e')).toEqual([
      `${S} 367 bob #dev eve!*@* ann ${MADE}`,
      `${S} 367 bob #dev m:*!*@lou? ann ${MADE}`,
      `${S} 368 bob #dev :End of channel ban list`,
      `${S} 482 bob #dev :You are not channel operator`,
    ]);
    expect(ircLogin(world, 'eve').ask('JOIN #dev')).toEqual([`${S} 474 eve #dev :Cannot join channel (+b)`]);
    expect(ann.ask('MODE #dev -b EVE!*@*')).toEqual([expect.stringMatching(/MODE #dev -b EVE!\*@\*$/i)]);
  });

  it('excepts from bans that only silence with e m:, and from no others', () => {
    const { world, ann, bob } = inDev();
    expect(ann.ask('MODE #dev +bbe m:bob eve m:*!*@*')).toEqual([
      ':ann!ann@host MODE #dev +bbe m:bob!*@* eve!*@* m:*!*@*',
    ]);
    bob.lines();
    expect(bob.ask('PRIVMSG #dev :hi')).toEqual([]);
    expect(ircLogin(world, 'eve').ask('JOIN #dev')).toEqual([`${S} 474 eve #dev :Cannot join channel (+b)`]);
    expect(ann.ask('MODE #dev e').at(-2)).toBe(`${S} 348 ann #dev m:*!*@* ann ${MADE}`);
    ann.ask('MODE #dev -e m:*!*@*');
    expect(bob.ask('PRIVMSG #dev :hi').at(-1)).toBe(`${S} 404 bob #dev :Cannot send to channel`);
    ann.ask('MODE #dev +e bob');
    expect(bob.ask('PRIVMSG #dev :hi').at(-1)).not.toContain('404');
  });

  it('answers what is wrong, and makes the rest of the changes', () => {
    const { ann } = inDev();
    expect(
      ann.ask('MODE #dev +Qlk -5 a,b', 'MODE #dev +o nobody', 'MODE #nowhere', 'MODE', 'MODE #a!b +i'),
    ).toEqual([
      `${S} 472 ann Q :is unknown mode char to me`,
      `${S} 696 ann #dev l -5 :Invalid limit`,
      `${S} 696 ann #dev k * :Invalid key`,
      `${S} 401 ann nobody :No such nick or channel`,
      `${S} 403 ann #nowhere :No such channel`,
      `${S} 461 ann MODE :Not enough parameters`,
      `${S} 403 ann #a!b :No such channel`,
    ]);
    expect(ann.ask('MODE #dev +o eve')).toEqual([`${S} 401 ann eve :No such nick or channel`]);
  });

  it('keeps out who is not invited to a +i room, and lets in who is', () => {
    const { world, ann, bob } = inDev();
    ann.ask('MODE #dev +i');
    bob.lines();
    const eve = ircLogin(world, 'eve');
    expect(eve.ask('JOIN #dev')).toEqual([`${S} 473 eve #dev :Cannot join channel (+i)`]);
    expect(bob.ask('INVITE eve #dev')).toEqual([`${S} 482 bob #dev :You are not channel operator`]);
    expect(ann.ask('INVITE eve #dev', 'INVITE bob #dev', 'INVITE nobody #dev')).toEqual([
      `${S} 341 ann eve #dev`,
      `${S} 443 ann bob #dev :is already on channel`,
      `${S} 401 ann nobody :No such nick or channel`,
    ]);
    expect(eve.lines()).toEqual([':ann!ann@host INVITE eve #dev']);
    expect(eve.ask('INVITE', 'JOIN #dev')).toEqual([
      `${S} 336 eve #dev`,
      `${S} 337 eve :End of INVITE list`,
      ':eve!eve@host JOIN #dev',
      `${S} 353 eve = #dev :@ann bob eve`,
      `${S} 366 eve #dev :End of NAMES list`,
    ]);
  });

  it('+m silences members without a status', () => {
    const { ann, bob } = inDev();
    ann.ask('MODE #dev +m');
    bob.lines();
    expect(bob.ask('PRIVMSG #dev :hi', 'NOTICE #dev :hi')).toEqual([
      `${S} 404 bob #dev :Cannot send to channel`,
    ]);
    ann.ask('MODE #dev +v bob');
    bob.lines();
    expect(bob.ask('PRIVMSG #dev :hi')).toEqual([]);
    expect(ann.lines()).toEqual([':bob!bob@host PRIVMSG #dev :hi']);
  });
});

describe('MODE of a user', () => {
  it('shows and changes the own modes alone', () => {
    const { ann } = inDev();
    expect(
      ann.ask('MODE ann', 'MODE ann +iw', 'MODE ann', 'MODE ann -i+Z', 'MODE bob', 'MODE nobody +i'),
    ).toEqual([
      `${S} 221 ann +`,
      ':ann MODE ann :+iw',
      `${S} 221 ann +iw`,
      `${S} 501 ann :Unknown MODE flag`,
      ':ann MODE ann :-i',
      `${S} 502 ann :Can't change mode for other users`,
      `${S} 401 ann nobody :No such nick or channel`,
    ]);
  });
});

describe('KICK', () => {
  it('puts users out of a room', () => {
    const { world, ann, bob } = inDev();
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    lin.read();
    ann.lines();
    bob.lines();
    expect(bob.ask('KICK #dev ann')).toEqual([`${S} 482 bob #dev :You are not channel operator`]);
    expect(ann.ask('KICK #dev bob,lin :enough')).toEqual([
      ':ann!ann@host KICK #dev bob :enough',
      ':ann!ann@host KICK #dev lin :enough',
    ]);
    expect(bob.lines()).toEqual([':ann!ann@host KICK #dev bob :enough']);
    expect(lin.read()).toContain('INFO put out of dev by ann: enough\n');
    expect(bob.ask('PART #dev')).toEqual([`${S} 442 bob #dev :You are not on that channel`]);
  });

  it('of a user who is not there, or of a room that does not exist, is refused', () => {
    const { world, ann } = inDev();
    ircLogin(world, 'eve');
    expect(
      ann.ask('KICK', 'KICK #dev', 'KICK #dev eve', 'KICK #dev nobody', 'KICK #x bob', 'KICK #a!b bob'),
    ).toEqual([
      `${S} 461 ann KICK :Not enough parameters`,
      `${S} 461 ann KICK :Not enough parameters`,
      `${S} 441 ann eve #dev :They are not on that channel`,
      `${S} 401 ann nobody :No such nick or channel`,
      `${S} 403 ann #x :No such channel`,
      `${S} 403 ann #a!b :No such channel`,
    ]);
  });
});

describe('the founder of a room', () => {
  const OP = (nick: string) => `${S} MODE #dev +o ${nick}`;

  it.each([
    ['NS IDENTIFY', `NS IDENTIFY fay ${passwordOf('fay')}`],
    ['SASL', 'AUTHENTICATE PLAIN', `AUTHENTICATE ${btoa(`\0fay\0${passwordOf('fay')}`)}`],
  ])('has @ as soon as it logs in to its account with %s', async (_, ...lines) => {
    const world = new World({ accounts: await founded() });
    const [bob, phone] = ['bob', 'phone'].map((nick) => ircLogin(world, nick, { rooms: ['#dev'] }));
    bob?.lines();
    phone?.send(...lines);
    await world.hashed();
    expect(phone?.lines().at(-1)).toBe(OP('phone'));
    expect(bob?.lines()).toEqual([OP('phone')]);
    expect(bob?.ask('NAMES #dev')[0]).toBe(`${S} 353 bob = #dev :bob @phone`);
  });

  it('has @ when it takes its registered name in the room', async () => {
    const world = new World({ accounts: await founded() });
    const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    bob.lines();
    lin.send(`NICK fay ${passwordOf('fay')}\n`);
    await world.hashed();
    expect(bob.lines()).toEqual([':lin!lines@host NICK fay', OP('fay')]);
  });

  it('is told of its @ when it registers', async () => {
    const world = new World();
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
    lin.send('LEAVE\n');
    ann.lines();
    ann.send('NS REGISTER red-horse');
    await world.hashed();
    expect(ann.lines()).toContain(OP('ann'));
  });

  it('has @ when the room passes to it', async () => {
    const accounts = await founded();
    const world = new World({ accounts });
    world.register('reg');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\n');
    const reg = ircLogin(world, 'reg-phone', { rooms: ['#dev'] });
    reg.send(`NS IDENTIFY reg ${passwordOf('reg')}`);
    await world.hashed();
    reg.lines();
    await fay.ask(`UNREGISTER ${passwordOf('fay')}\n`);
    expect(reg.lines().at(-1)).toBe(OP('reg-phone'));
  });

  it('has @ when an operator gives it the room', async () => {
    const world = new World();
    world.register('reg', 'opal');
    world.accounts.users.setOperator('opal', true);
    world.login('lin').send('JOIN dev\nMSG hi\n');
    const reg = ircLogin(world, 'reg-phone', { rooms: ['#dev'] });
    reg.send(`NS IDENTIFY reg ${passwordOf('reg')}`);
    await world.hashed();
    const opal = await world.loginOwner('opal');
    await opal.ask('JOIN dev\n');
    reg.lines();
    expect(await opal.ask('FOUND reg-phone\n')).toBe('OK\n');
    expect(reg.lines()).toEqual([OP('reg-phone')]);
  });
});

describe('a muted user', () => {
  it('may not change what others see of it', async () => {
    const { world, bob } = inDev();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = world.connect();
    opal.send(`LOGIN opal ${passwordOf('opal')}\n`);
    await world.hashed();
    opal.send('MUTE bob\n');
    bob.lines();
    expect(bob.ask('AWAY :x', 'SETNAME :x', 'NICK b2', 'TOPIC #dev :x')).toEqual([
      `${S} 404 bob bob :Cannot send: you are muted`,
      `${S} FAIL SETNAME CANNOT_CHANGE_REALNAME :Cannot change realname: you are muted`,
      `${S} 447 bob :Cannot change nickname: you are muted`,
      `${S} 482 bob #dev :You are muted`,
    ]);
    expect(bob.ask('AWAY')).toEqual([`${S} 305 bob :You are no longer marked as being away`]);
    // It still leaves, and puts others out, without a word.
    bob.send('JOIN #own');
    const cat = ircLogin(world, 'cat', { rooms: ['#own'] });
    bob.lines();
    expect(bob.ask('KICK #own cat :so there', 'PART #own :so there')).toEqual([
      ':bob!bob@host KICK #own cat :bob',
      ':bob!bob@host PART #own',
    ]);
    expect(cat.lines()).toEqual([':bob!bob@host KICK #own cat :bob']);
    // Its modes say nothing.
    expect(bob.ask('MODE bob +Bw', 'MODE bob -w+i', 'MODE bob')).toEqual([
      ':bob MODE bob :+Bw',
      ':bob MODE bob :+i-w',
      `${S} 221 bob +Bi`,
    ]);
  });
});

describe('a mask', () => {
  const mask = (bytes: number) => 'n'.repeat(bytes - '!*@*'.length) + '!*@*';

  it.each(['+b', '+e', '+I'])('of more than 200 bytes is refused: %s', (modes) => {
    const { ann, bob } = inDev();
    expect(
      ann.ask(
        `MODE #dev ${modes} ${mask(201)}`,
        `MODE #dev ${modes} ${'x'.repeat(480)}`,
        `MODE #dev ${modes} ${'ä'.repeat(99)}`,
      ),
    ).toEqual(Array(3).fill(`${S} 696 ann #dev ${modes.slice(1)} * :Mask is longer than 200 bytes`));
    expect(bob.lines()).toEqual([]);
    expect(ann.ask(`MODE #dev ${modes} ${mask(200)}`)).toEqual([
      `:ann!ann@host MODE #dev ${modes} ${mask(200)}`,
    ]);
  });

  it('of 200 bytes is whole in every line, with the longest names', () => {
    const world = new World();
    setUpIrc(world, { name: `${'s'.repeat(59)}.net` });
    const room = `#${'r'.repeat(64)}`;
    const [nick, other] = ['a'.repeat(32), 'b'.repeat(32)];
    const ann = ircLogin(world, nick, { rooms: [room] });
    const bob = ircLogin(world, other, { rooms: [room] });
    const silent = `m:${mask(198)}`;
    const lines = [
      ...ann.ask(`MODE ${room} +b ${silent}`, `MODE ${room} +e ${mask(200)}`, `MODE ${room} e`),
      ...bob.ask(`MODE ${room} b`),
    ].filter((line) => / (?:MODE|367|348) /.test(line));
    // bob is told of both changes.
    expect(lines).toHaveLength(6);
    for (const line of lines) {
      expect(lineBytes(line)).toBeLessThanOrEqual(512);
      expect(line.includes(` ${mask(200)}`) || line.includes(` ${silent}`)).toBe(true);
    }
    for (const line of lines.filter((one) => !one.includes(' MODE ')))
      expect(line.endsWith(` ${nick} ${MADE}`)).toBe(true);
  });

  it('and others of one command are as many lines of MODE as they need', () => {
    const { ann, bob } = inDev();
    const [first, second, third] = ['x'.repeat(160), 'y'.repeat(160), 'z'.repeat(160)];
    const lines = [
      `:ann!ann@host MODE #dev +bbm ${first}!*@* ${second}!*@*`,
      `:ann!ann@host MODE #dev +b-t ${third}!*@*`,
    ];
    expect(ann.ask(`MODE #dev +bbmb-t ${first} ${second} ${third}`)).toEqual(lines);
    expect(bob.lines()).toEqual(lines);
    expect(ann.ask('MODE #dev b')).toHaveLength(4);
  });

  it('of an earlier version that is too long loses its end alone, and can be removed', () => {
    const { world, ann, bob } = inDev();
    const long = maskOf(`${'ä'.repeat(240)}!*@*`);
    const ban = { ...long, silences: false, by: 'ann', at: Number(MADE) * 1000 };
    const room = parseRoomName('dev');
    if (room !== null) world.accounts.rooms.setModes(room, { ...DEFAULT_MODES, bans: [ban] }, true);
    const [line = ''] = ann.ask('MODE #dev b');
    expect(line).toMatch(new RegExp(`^${S} 367 ann #dev ä{200,} ann ${MADE}$`));
    expect(lineBytes(line)).toBeLessThanOrEqual(512);
    expect(ann.ask(`MODE #dev -b ${long.shown}`)).toEqual([
      expect.stringMatching(/^:ann!ann@host MODE #dev -b ä{200,}$/),
    ]);
    expect(lineBytes(bob.lines().at(-1) ?? '')).toBeLessThanOrEqual(512);
    expect(ann.ask('MODE #dev b')).toHaveLength(1);
  });
});

describe('user modes', () => {
  it('that could not be set are not confirmed', () => {
    const { world, bob } = inDev();
    world.cut();
    expect(bob.ask('MODE bob +Bi', 'MODE bob', 'MODE bob +Bw', 'MODE bob')).toEqual([
      `${S} FAIL MODE TEMPORARILY_UNAVAILABLE :The server is busy; try again in a moment`,
      `${S} 221 bob +`,
      `${S} FAIL MODE TEMPORARILY_UNAVAILABLE :The server is busy; try again in a moment`,
      ':bob MODE bob :+w',
      `${S} 221 bob +w`,
    ]);
  });
});

describe('the text of PART and QUIT', () => {
  function leave(lines: readonly string[], before: (ann: ReturnType<typeof inDev>['ann']) => void) {
    const { ann, bob } = inDev();
    before(ann);
    for (const peer of [ann, bob]) peer.lines();
    bob.send(...lines);
    return ann.lines();
  }

  it.each(['+m', '+b m:bob', '+b bob'])('is not for who may not speak in the room (%s)', (modes) => {
    const close = (ann: ReturnType<typeof inDev>['ann']) => ann.ask(`MODE #dev ${modes}`);
    expect(leave(['PART #dev :spam'], close)).toEqual([':bob!bob@host PART #dev']);
    expect(leave(['QUIT :spam'], close)).toEqual([':bob!bob@host QUIT :Quit']);
    const voice = (ann: ReturnType<typeof inDev>['ann']) => ann.ask(`MODE #dev ${modes}`, 'MODE #dev +v bob');
    expect(leave(['PART #dev :bye'], voice)).toEqual([':bob!bob@host PART #dev :bye']);
    expect(leave(['QUIT :bye'], voice)).toEqual([':bob!bob@host QUIT :Quit: bye']);
  });

  it('is not for the muted', async () => {
    const { world, ann, bob } = inDev();
    const eve = ircLogin(world, 'eve', { rooms: ['#dev'] });
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = world.connect();
    opal.send(`LOGIN opal ${passwordOf('opal')}\n`);
    await world.hashed();
    opal.send('MUTE bob\nMUTE eve\n');
    for (const peer of [ann, bob]) peer.lines();
    expect(bob.ask('PART #dev :spam')).toEqual([':bob!bob@host PART #dev']);
    eve.send('QUIT :spam');
    expect(ann.lines()).toEqual([':bob!bob@host PART #dev', ':eve!eve@host QUIT :Quit']);
  });
});

describe('the text of AWAY', () => {
  it('is refused where a user with the longest name would not be shown all of it', () => {
    const { world, ann, bob } = inDev();
    const reader = ircLogin(world, '\u{1e900}'.repeat(32));
    const bytes = 510 - `${S} 301  bob :`.length - 128;
    expect(bob.ask(`AWAY :${'ä'.repeat(bytes / 2 + 1)}`)).toEqual([`${S} 417 bob :Input line was too long`]);
    expect(ann.ask('PRIVMSG bob :hi')).toEqual([]);
    const text = 'ä'.repeat(Math.floor(bytes / 2));
    bob.ask(`AWAY :${text}`);
    const [line = ''] = reader.ask('PRIVMSG bob :hi');
    expect(line.endsWith(` bob :${text}`)).toBe(true);
    expect(lineBytes(line)).toBeLessThanOrEqual(512);
  });

  it('is told to others once, and not when it stays the same', () => {
    const { world, bob } = inDev();
    const eve = ircLogin(world, 'eve', { caps: 'away-notify', rooms: ['#dev'] });
    bob.lines();
    expect(bob.ask('AWAY', 'AWAY :tea', 'AWAY :tea', 'AWAY').map((line) => line.split(' ')[1])).toEqual([
      ...['305', '306', '306', '305'],
    ]);
    expect(eve.lines()).toEqual([':bob!bob@host AWAY :tea', ':bob!bob@host AWAY']);
  });

  it.each(['+m', '+b m:bob', '+b bob'])('is not for rooms where the user may not speak (%s)', (modes) => {
    const { world, ann, bob } = inDev();
    const eve = ircLogin(world, 'eve', { caps: 'away-notify', rooms: ['#dev'] });
    ann.ask(`MODE #dev ${modes}`);
    for (const peer of [bob, eve]) peer.lines();
    expect(bob.ask('AWAY :spam')).toEqual([`${S} 306 bob :You have been marked as being away`]);
    expect(eve.lines()).toEqual([':bob!bob@host AWAY :away']);
    expect(ann.ask('PRIVMSG bob :hi')).toEqual([`${S} 301 ann bob :spam`]);
    bob.ask('AWAY');
    ann.ask('MODE #dev +v bob');
    bob.ask('AWAY :lunch');
    expect(eve.lines()).toEqual([
      ':bob!bob@host AWAY',
      ':ann!ann@host MODE #dev +v bob',
      ':bob!bob@host AWAY :lunch',
    ]);
  });

  it('is not for a moderated room that the user enters', () => {
    const { world, ann, bob } = inDev();
    const eve = ircLogin(world, 'eve', { caps: 'away-notify', rooms: ['#dev'] });
    bob.ask('PART #dev', 'AWAY :spam');
    ann.ask('MODE #dev +m');
    eve.lines();
    bob.ask('JOIN #dev');
    expect(eve.lines()).toEqual([':bob!bob@host JOIN #dev', ':bob!bob@host AWAY :away']);
  });
});

describe('TOPIC', () => {
  it('is shown with its author, changed by @, and shown at JOIN', () => {
    const { world, ann, bob } = inDev();
    expect(bob.ask('TOPIC #dev', 'TOPIC #dev :mine', 'TOPIC', 'TOPIC #x')).toEqual([
      `${S} 331 bob #dev :No topic is set`,
      `${S} 482 bob #dev :You are not channel operator`,
      `${S} 461 bob TOPIC :Not enough parameters`,
      `${S} 403 bob #x :No such channel`,
    ]);
    expect(ann.ask('TOPIC #dev :release on friday')).toEqual([':ann!ann@host TOPIC #dev :release on friday']);
    expect(bob.lines()).toEqual([':ann!ann@host TOPIC #dev :release on friday']);
    expect(ircLogin(world, 'eve').ask('JOIN #dev').slice(0, 3)).toEqual([
      ':eve!eve@host JOIN #dev',
      `${S} 332 eve #dev :release on friday`,
      `${S} 333 eve #dev ann ${MADE}`,
    ]);
  });

  it('that is removed is none for users of other protocols too', () => {
    const { world, ann } = inDev();
    const lin = world.login('lin');
    lin.send('JOIN dev\nTAGS ON\n');
    lin.read();
    ann.ask('TOPIC #dev :release');
    const since = lin.lines();
    expect(since).toEqual([expect.stringContaining('event=topic')]);
    ann.ask('TOPIC #dev :');
    expect(lin.lines()).toEqual([
      '@time=2026-03-01T12:00:00.000Z;room=dev;event=topic;user=ann INFO ann removed the topic of dev',
    ]);
    lin.send('TOPIC\nROOMS ALL\n');
    expect(lin.lines()).toEqual([
      '@time=2026-03-01T12:00:00.000Z;room=dev INFO dev has no topic',
      'OK',
      'ROOM lobby 0',
      'ROOM dev 3',
      'OK',
    ]);
  });

  it('that is too long for a line is cut between words, and within a word that fills the line', () => {
    const { world, ann, bob } = inDev();
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    ann.ask('MODE #dev -t');
    bob.lines();
    const words = Array.from({ length: 120 }, (_, n) => `word${n}`).join(' ');
    lin.send(`TOPIC ${words}\n`);
    for (const [line = '', head] of [
      [bob.lines()[0], ':lin!lines@host TOPIC #dev :'],
      [bob.ask('TOPIC #dev')[0], `${S} 332 bob #dev :`],
      [bob.ask('LIST')[0], `${S} 322 bob #dev 3 :`],
    ] as const) {
      expect(line.startsWith(head)).toBe(true);
      const shown = line.slice(head.length);
      expect(words.startsWith(`${shown} `)).toBe(true);
      expect(lineBytes(line)).toBeLessThanOrEqual(512);
      expect(lineBytes(line)).toBeGreaterThan(512 - ' word120'.length);
    }
    lin.send(`TOPIC ${'ä'.repeat(600)}\n`);
    const [line = ''] = bob.lines();
    expect(line).toMatch(/^:lin!lines@host TOPIC #dev :ä+$/);
    expect(lineBytes(line)).toBe(512);
  });
});

describe('WHO', () => {
  it('lists the members of a room, and users by mask', () => {
    const { ann, bob } = inDev();
    bob.ask('AWAY :lunch');
    expect(ann.ask('WHO #dev', 'WHO bob', 'WHO nobody', 'WHO #nowhere')).toEqual([
      `${S} 352 ann #dev ann host partyline.local ann H@ :0 ann Real`,
      `${S} 352 ann #dev bob host partyline.local bob G :0 bob Real`,
      `${S} 315 ann #dev :End of WHO list`,
      `${S} 352 ann #dev bob host partyline.local bob G :0 bob Real`,
      `${S} 315 ann bob :End of WHO list`,
      `${S} 315 ann nobody :End of WHO list`,
      `${S} 315 ann #nowhere :End of WHO list`,
    ]);
  });

  it('gives the fields that are asked for', () => {
    const { ann } = inDev();
    expect(ann.ask('WHO #dev %tcuihsnfdlaor,42').slice(0, 1)).toEqual([
      `${S} 354 ann 42 #dev ann 10.0.0.1 host partyline.local ann H@ 0 0 0 n/a :ann Real`,
    ]);
    expect(ann.ask('WHO bob %na')).toEqual([`${S} 354 ann bob 0`, `${S} 315 ann bob :End of WHO list`]);
  });
});

describe('WHOIS', () => {
  it('describes a user', () => {
    const { ann, bob } = inDev();
    bob.ask('AWAY :lunch');
    expect(ann.ask('WHOIS bob', 'WHOIS partyline.local ANN', 'WHOIS nobody', 'WHOIS')).toEqual([
      `${S} 311 ann bob bob host * :bob Real`,
      `${S} 319 ann bob :#dev`,
      `${S} 312 ann bob partyline.local :Partyline`,
      `${S} 301 ann bob :lunch`,
      `${S} 317 ann bob 0 ${MADE} :seconds idle, signon time`,
      `${S} 318 ann bob :End of WHOIS list`,
      `${S} 311 ann ann ann host * :ann Real`,
      `${S} 319 ann ann :@#dev`,
      `${S} 312 ann ann partyline.local :Partyline`,
      `${S} 317 ann ann 0 ${MADE} :seconds idle, signon time`,
      `${S} 318 ann ANN :End of WHOIS list`,
      `${S} 401 ann nobody :No such nick or channel`,
      `${S} 318 ann nobody :End of WHOIS list`,
      `${S} 431 ann :No nickname given`,
    ]);
  });
});

describe('SETNAME and away-notify', () => {
  it('are shown to those who share a room and asked for it', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps: 'setname away-notify', rooms: ['#dev'] });
    const bob = ircLogin(world, 'bob', { caps: 'setname away-notify', rooms: ['#dev'] });
    const old = ircLogin(world, 'old', { rooms: ['#dev'] });
    ann.lines();
    bob.lines();
    expect(ann.ask('SETNAME :New Name', 'AWAY :lunch', 'AWAY', 'SETNAME :')).toEqual([
      ':ann!ann@host SETNAME :New Name',
      `${S} 306 ann :You have been marked as being away`,
      `${S} 305 ann :You are no longer marked as being away`,
      `${S} FAIL SETNAME INVALID_REALNAME :Realname is not valid`,
    ]);
    expect(bob.lines()).toEqual([
      ':ann!ann@host SETNAME :New Name',
      ':ann!ann@host AWAY :lunch',
      ':ann!ann@host AWAY',
    ]);
    expect(old.lines()).toEqual([]);
  });
});
