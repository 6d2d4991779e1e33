/** WHOIS, SEEN, TOPIC and IGNORE alone, AWAY and ME: information about other users. */
import { describe, expect, it } from 'vitest';
import { type Peer, World } from '../../support/world.js';

async function worldWithOperator(): Promise<{ world: World; opal: Peer }> {
  const world = new World();
  world.register('opal');
  world.accounts.users.setOperator('opal', true);
  return { world, opal: await world.loginOwner('opal') };
}

describe('WHOIS', () => {
  it('WHOIS describes a user who is online; the address is shown to operators alone', async () => {
    const { world, opal } = await worldWithOperator();
    const ann = world.login('ann');
    const bob = world.login('bob');
    bob.send('JOIN dev\n');
    world.wait(5000);
    ann.read();
    ann.send('WHOIS BOB\n');
    const description = [
      'INFO bob is not registered',
      'INFO bob is in dev',
      'INFO bob has been here since 2026-03-01T12:00:00.000Z',
      'INFO bob has been idle for 5 s',
      'INFO bob uses lines',
    ];
    expect(ann.lines()).toEqual([...description, 'OK']);
    opal.read();
    opal.send('WHOIS bob\n');
    expect(opal.lines()).toEqual([...description, 'INFO bob is at 10.0.0.1', 'OK']);
  });

  it('WHOIS tells since when a user has been idle, whose program sends PING', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    world.wait(60_000);
    bob?.send('PING\nPONG\n');
    ann?.send('WHOIS bob\n');
    expect(ann?.read()).toContain('INFO bob has been idle for 60 s\n');
    bob?.send('WHO\n');
    ann?.send('WHOIS bob\n');
    expect(ann?.read()).toContain('INFO bob has been idle for 0 s\n');
  });

  it('WHOIS shows people the local time', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const person = world.connect();
    world.wait(2000);
    person.send('LOGIN pat\n');
    person.read();
    person.send('WHOIS pat\n');
    expect(person.read()).toMatch(/^INFO pat has been here since 2026-0[23]-\d\d \d\d:\d\d$/m);
    person.send('TAGS ON\nWHOIS pat\n');
    expect(person.read()).toMatch(/INFO pat has been here since 2026-03-01T12:00:02.000Z$/m);
  });

  it('WHOIS hides a locked room from users outside it', async () => {
    const world = new World();
    world.register('fay');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\nLOCK our-key\n');
    const ann = world.login('ann');
    ann.send('WHOIS fay\n');
    expect(ann.read()).not.toContain('dev');
  });

  it('WHOIS describes a user who left within the hour, and no other user who left', async () => {
    const { world, opal } = await worldWithOperator();
    world.login('ted').send('QUIT\n');
    world.wait(3_600_000);
    opal.read();
    opal.send('WHOIS ted\n');
    expect(opal.lines()).toEqual([
      'INFO ted is not registered',
      'INFO ted was here from 2026-03-01T12:00:00.000Z to 2026-03-01T12:00:00.000Z',
      'INFO ted used lines',
      'INFO ted was at 10.0.0.1',
      'OK',
    ]);
    world.wait(1);
    opal.send('WHOIS ted\nWHOIS nobody\n');
    expect(opal.read()).toBe('ERR user-not-found\nERR user-not-found\n');
  });
});

describe('SEEN', () => {
  it('SEEN shows when a registered name, or one of the last hour, was last here', async () => {
    const world = new World();
    world.register('reg');
    const reg = await world.loginOwner('reg');
    world.login('ted').send('QUIT\n');
    const ann = world.login('ann');
    ann.send('SEEN reg\nSEEN TED\nSEEN nobody\n');
    expect(ann.lines()).toEqual([
      'INFO reg is here',
      'OK',
      'INFO ted was last here 2026-03-01T12:00:00.000Z',
      'OK',
      'ERR user-not-found',
    ]);
    world.wait(1000);
    world.login('pat').send('NICK patty\nNICK pat2\n');
    ann.read();
    ann.send('SEEN pat\nSEEN patty\nSEEN pat2\n');
    expect(ann.lines()).toEqual([
      'INFO pat was last here 2026-03-01T12:00:01.000Z',
      'OK',
      'INFO patty was last here 2026-03-01T12:00:01.000Z',
      'OK',
      'INFO pat2 is here',
      'OK',
    ]);
    reg.send('QUIT\n');
    world.wait(7_200_000);
    ann.read();
    ann.send('SEEN reg\nSEEN ted\n');
    expect(ann.lines()).toEqual([
      'INFO reg was last here 2026-03-01T12:00:01.000Z',
      'OK',
      'ERR user-not-found',
    ]);
  });
});

describe('TOPIC alone', () => {
  it('TOPIC alone shows the topic, or that the room has none', async () => {
    const world = new World();
    world.register('fay');
    const fay = await world.loginOwner('fay');
    expect(await fay.ask('JOIN Dev\nTOPIC\nTOPIC release on friday\nTOPIC\n')).toBe(
      'OK\nINFO Dev has no topic\nOK\nOK\nINFO the topic of Dev: release on friday\nOK\n',
    );
  });
});

describe('IGNORE alone', () => {
  it('IGNORE alone lists the ignored users', () => {
    const world = new World();
    const [ann] = world.logins('ann', 'Bob');
    ann?.send('IGNORE\nIGNORE bob\nIGNORE\n');
    expect(ann?.read()).toBe('OK\nOK\nINFO Bob\nOK\n');
  });

  it('an interactive session is told at its login whom it ignores', async () => {
    const world = new World({ greetingDelayMs: 2000 });
    world.register('reg', 'bob');
    world.accounts.users.ignore('reg', 'bob');
    const person = world.connect();
    world.wait(2000);
    expect(await person.ask('LOGIN reg reg-password\n')).toContain('OK\nINFO you ignore bob\n');
  });
});

describe('ME', () => {
  it('ME is a message of its author', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.send('ME waves\nME\n');
    expect(ann?.read()).toBe('MSG bob * bob waves\n');
    expect(bob?.read()).toBe('ERR usage: ME <text>\n');
    ann?.send('HISTORY\n');
    expect(ann?.read()).toMatch(/^HIST \d+ \S+ bob \* bob waves\nOK\n$/);
  });
});

describe('AWAY', () => {
  it('AWAY is shown to interactive senders of a direct message until the user is back', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const bob = world.login('bob');
    const person = world.connect();
    world.wait(2000);
    person.send('LOGIN kim\n');
    person.read();
    bob.send('AWAY out for lunch\n');
    person.send('DM bob hi\n');
    expect(person.read()).toBe('INFO to bob: sent\nINFO bob is away: out for lunch\n');
    bob.send('AWAY\n');
    person.send('DM bob hi\n');
    expect(person.read()).toBe('INFO to bob: sent\n');
    expect(bob.read()).toBe('OK\nDM kim hi\nOK\nDM kim hi\n');
  });
});

describe('a muted user', () => {
  it('a muted user may write to operators alone', async () => {
    const { world, opal } = await worldWithOperator();
    const [loud, bob] = world.logins('loud', 'bob');
    opal.send('MUTE loud\n');
    opal.read();
    loud?.send('DM bob hi\nDM opal why?\nPING\n');
    expect(loud?.read()).toBe('ERR not-permitted\nPONG\n');
    expect(bob?.read()).toBe('');
    expect(opal.read()).toBe('DM loud why?\n');
  });
});

describe('BAN', () => {
  it('BAN of a name that has left keeps it out, and shows an interactive operator its last address', async () => {
    const world = new World({ greetingDelayMs: 2000 });
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    world.login('ted').send('QUIT\n');
    const opal = world.connect();
    world.wait(2000);
    await opal.ask('LOGIN opal opal-password\n');
    opal.send('BAN ted 10 spam\nBAN never-here\n');
    expect(opal.lines()).toEqual([
      'OK',
      'INFO ted is banned until 2026-03-01T12:10:02.000Z',
      'INFO ted was last at 10.0.0.1',
      'OK',
      'INFO never-here is banned permanently',
    ]);
    const ted = world.connect();
    ted.send('LOGIN ted\n');
    expect(ted.read()).toBe('ERR banned\n');
  });
});
