import { ROOM_NAME_RULE, USER_NAME_RULE } from '../../../src/dialects/shared/name-rules.js';
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { World } from '../../support/world.js';
import { connect, lines, login, machat } from '../speakers.js';

const HELLO = '{"name": "Mina", "room":"devroom"}';

/** The text after a code: the rule for names. */
const ALLOWED: Readonly<Record<string, string>> = {
  'invalid-username': ` ${USER_NAME_RULE}`,
  'invalid-room': ` ${ROOM_NAME_RULE}`,
};

describe('machat: the handshake', () => {
  it('machat: the handshake of MaChat’s own client, an object without a line end, is accepted', () => {
    const mina = connect(new World(), machat);
    mina.send(HELLO);
    expect(mina.read()).toBe('');
    mina.send('hello\n');
    expect(mina.read()).toBe('Mina:hello\n');
  });

  it.each([
    ['with text in the same packet', `${HELLO}hello\n`],
    ['with a line end, which is not a message', `${HELLO}\r\nhello\n`],
    ['over several lines', '{\n  "name": "Mina",\n  "room": "#devroom"\n}\nhello\n'],
    ['with unknown fields', '{"v":{"x":[{}]},"name":"Mina","room":"devroom","password":"any"}hello\n'],
    [
      'with a field twice, of which the last counts',
      '{"name":5,"room":"x","name":"Mina","room":"devroom"}hello\n',
    ],
    [
      'with telnet negotiation in it',
      Buffer.from('{"name":"Mi\xff\xfb\x1fna","room":"devroom"}hello\n', 'latin1'),
    ],
    ['with keys in any case', '{"NAME":"Mina","Room":"devroom"}hello\n'],
    ['after a byte order mark', '\ufeff{"name":"Mina","room":"devroom"}hello\n'],
    ['after blanks', ' \t {"name":"Mina","room":"devroom"}hello\n'],
    ['with escapes', '{"name":"\\u004dina","room":"dev\\u0072oom"}hello\n'],
    ['with control characters in each field', '{"name":"Mi\\u0007na\\u202e","room":"dev\\u001broom"}hello\n'],
    ['of 1,024 bytes', `{"name":"Mina","room":"devroom","pad":"${'x'.repeat(1024 - 41)}"}hello\n`],
  ])('machat: a handshake may come %s', (_, bytes) => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('JOIN devroom\n');
    ann.read();
    const mina = connect(world, machat);
    mina.send(bytes);
    expect(mina.read()).toBe('Mina:hello\n');
    expect(ann.read()).toBe('INFO Mina joined devroom\nMSG Mina hello\n');
  });

  it.each(['{"name":"Mina"}', '{"name":"Mina","room":""}'])(
    'machat: a handshake without a room goes to the lobby: %s',
    (handshake) => {
      const world = new World();
      const ann = world.login('ann');
      const mina = connect(world, machat);
      mina.send(`${handshake}hello\n`);
      expect(mina.read()).toBe('Mina:hello\n');
      expect(ann.read()).toBe('MSG Mina hello\n');
    },
  );

  it('machat: a handshake may be split over packets at any byte', () => {
    const bytes = Buffer.from('{"pad":"}\\"{","name":"zoë","room":"dev"}');
    for (let cut = 1; cut < bytes.length; cut++) {
      const zoe = connect(new World(), machat);
      zoe.send(bytes.subarray(0, cut));
      zoe.send(bytes.subarray(cut));
      zoe.send('hi\n');
      expect(zoe.read()).toBe('zoë:hi\n');
    }
  });

  it.each([
    ['invalid-handshake', '{"room":"dev"}'],
    ['invalid-handshake', '{}'],
    ['invalid-handshake', '{"name":1,"room":"dev"}'],
    ['invalid-handshake', '{"name":"Mina","room":null}'],
    ['invalid-handshake', '{"name":["Mina"],"room":{}}'],
    ['invalid-handshake', '{"name":"Mina","room":"dev","password":5}'],
    ['invalid-handshake', '{"name":"Mina","room":"dev",}'],
    ['invalid-handshake', '{"__proto__":{"name":"Mina","room":"dev"}}'],
    ['invalid-handshake', '{"name":"Mina","room":"dev"]}'],
    ['invalid-handshake', '{"name":"Mina","room":["dev"}'],
    ['invalid-handshake', '{"na\x08\x08name":"Mina","room":"dev"}'],
    ['invalid-handshake', '{{"name":"Mina","room":"dev"}}'],
    ['invalid-handshake', '{"name":"Mina","name":null,"room":"dev"}'],
    ['invalid-handshake', '{oops}'],
    ['invalid-handshake', '{"name":"Mina\n'],
    ['invalid-handshake', '[]'],
    ['invalid-handshake', '5'],
    ['invalid-handshake', 'hello\n'],
    ['invalid-handshake', `{"name":"Mina","room":"devroom","pad":"${'x'.repeat(1025 - 41)}"}`],
    ['invalid-handshake', '{"a":'.repeat(20_000)],
    ['invalid-username', '{"name":"","room":"dev"}'],
    ['invalid-username', '{"name":"a b","room":"dev"}'],
    ['invalid-username', '{"name":"* x","room":"dev"}'],
    ['invalid-username', '{"name":"\\ud800","room":"dev"}'],
    ['invalid-username', '{"name":" Mina","room":"dev"}'],
    ['invalid-username', `{"name":"${'x'.repeat(33)}","room":"dev"}`],
    ['invalid-room', `{"name":"Mina","room":"${'x'.repeat(65)}"}`],
    ['invalid-room', '{"name":"Mina","room":"##dev"}'],
    ['invalid-username', '{"name":"a b","room":"a b"}'],
    ['invalid-room', '{"name":"Mina","room":" "}'],
    ['invalid-room', '{"name":"Mina","room":"a b"}'],
    ['username-taken', '{"name":"ANN","room":"dev"}'],
    ['username-taken', '{"name":"system","room":"dev"}'],
  ])('machat: an invalid handshake is refused %s, once, and the connection closed (%#)', (code, bytes) => {
    const world = new World();
    const ann = world.login('ann');
    const mina = connect(world, machat);
    mina.send(bytes);
    mina.send('{"name":"Mina","room":"lobby"}hello\n');
    expect(mina.read()).toBe(`* ${code}${ALLOWED[code] ?? ''}\n`);
    expect(mina.closed).toBe(true);
    expect(ann.read()).toBe('');
  });

  it('machat: a handshake that is incomplete at the end of the stream is refused', () => {
    const mina = connect(new World(), machat);
    mina.end('{"name":"Mina"');
    expect(mina.read()).toBe('* invalid-handshake\n');
    expect(mina.closed).toBe(true);
  });

  it('machat: a handshake that never completes ends with the login timeout', () => {
    const world = new World({ loginTimeoutMs: 60_000 });
    const mina = connect(world, machat);
    mina.send('{"name":');
    world.wait(60_001);
    expect(mina.read()).toBe('* login-timeout\n');
    expect(mina.closed).toBe(true);
  });

  it.each([
    ['server-full', { maxClients: 1 }],
    ['too-many-connections', { maxClientsPerAddress: 1 }],
  ])('machat: a connection above a limit is refused before its handshake: %s', (code, limits) => {
    const world = new World(limits);
    connect(world, machat);
    const mina = connect(world, machat);
    expect(mina.read()).toBe(`* ${code}\n`);
    expect(mina.closed).toBe(true);
  });
});

describe('machat: messages', () => {
  it('machat: a message reaches all members of the room, the sender included', () => {
    const world = new World();
    const [mina, gus] = [login(world, machat, 'mina'), login(world, machat, 'gus')];
    const elsewhere = connect(world, machat);
    elsewhere.send('{"name":"zoe","room":"dev"}');
    mina.send('one\ntwo\n');
    gus.send('* three: four\n');
    expect(mina.read()).toBe('mina:one\nmina:two\ngus:* three: four\n');
    expect(gus.read()).toBe('mina:one\nmina:two\ngus:* three: four\n');
    expect(elsewhere.read()).toBe('');
  });

  it.each([
    ['\n\r\n  \t \n', ''],
    ['\u200b\u0007\n', ''],
    ['  as typed  \n', 'mina:  as typed  \n'],
    ['LOGIN x\n', 'mina:LOGIN x\n'],
    ['/who\n', 'mina:/who\n'],
    ['//x\n', 'mina://x\n'],
    ['%s %n %d\n', 'mina:%s %n %d\n'],
    ['a\rb\x0bc\u2028d\u0085e\n', 'mina:abcde\n'],
    ['* server shutting down\n', 'mina:* server shutting down\n'],
    ['helo\x08lo\x1b[A\n', 'mina:hello\n'],
    ['{"name":"x","room":"y"}\n', 'mina:{"name":"x","room":"y"}\n'],
    [Buffer.from([255, 253, 1, 0x68, 0x69, 10]), 'mina:hi\n'],
    [Buffer.from([0xc3, 0x28, 10]), 'mina:\ufffd(\n'],
  ])('machat: the line %j is shown as %j', (bytes, shown) => {
    const mina = login(new World(), machat, 'mina');
    mina.send(bytes);
    expect(mina.read()).toBe(shown);
  });

  it('machat: joins and leaves are not shown', () => {
    const world = new World({ announceLogin: true });
    const mina = login(world, machat, 'mina');
    const ann = login(world, lines, 'ann');
    ann.send('JOIN dev\nLEAVE\nQUIT\n');
    expect(mina.read()).toBe('');
  });

  it('machat: a silent client is not disconnected', () => {
    const world = new World({ heartbeatIntervalMs: 30_000, idleTimeoutMs: 60_000, greetingDelayMs: 2000 });
    const mina = connect(world, machat);
    world.wait(5000);
    mina.send(machat.login('mina'));
    world.wait(600_000);
    expect(mina.read()).toBe('');
    expect(mina.closed).toBe(false);
  });

  it('machat: a message that could not be stored is shown to no user, and its author gets a refusal', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [mina, gus] = [login(world, machat, 'mina'), login(world, machat, 'gus')];
    history.broken = true;
    mina.send('lost\n');
    expect(mina.read()).toBe('* not-stored\n');
    expect(gus.read()).toBe('');
  });

  it('machat: 64 KiB without a line end close the connection', () => {
    const mina = login(new World(), machat, 'mina');
    mina.send('x'.repeat(60_000));
    mina.send('x'.repeat(60_000));
    expect(mina.read()).toBe('* line-too-long\n');
    expect(mina.closed).toBe(true);
  });
});

describe('machat: passwords', () => {
  const hello = (fields: object) => JSON.stringify({ room: 'devroom', ...fields });

  it.each([
    ['password-required', { name: 'ann' }],
    ['wrong-password', { name: 'ann', password: 'guess' }],
    ['wrong-password', { name: 'ANN', password: '' }],
  ])('machat: a handshake is refused %s, and the connection closed: %j', async (code, fields) => {
    const world = new World();
    world.register('ann');
    const peer = connect(world, machat);
    expect(await peer.ask(`${hello(fields)}hello\n`)).toBe(`* ${code}\n`);
    expect(peer.closed).toBe(true);
  });

  it('machat: a registered name logs in with its password directly to its room, with the text behind the object', async () => {
    const world = new World();
    world.register('ann');
    const bob = world.login('bob');
    bob.send('JOIN devroom\n');
    bob.read();
    const ann = connect(world, machat);
    expect(await ann.ask(`${hello({ name: 'ann', password: 'ann-password' })}hello\n`)).toBe('ann:hello\n');
    expect(bob.read()).toBe('INFO ann joined devroom\nMSG ann hello\n');
  });

  it('machat: a session is told that its name has logged in elsewhere', async () => {
    const world = new World();
    world.register('ann');
    const older = connect(world, machat);
    await older.ask(hello({ name: 'ann', password: 'ann-password' }));
    await world.loginOwner('ann');
    expect(older.read()).toBe('* disconnected: logged in elsewhere\n');
  });

  it('machat: the password of the server is required too', async () => {
    const world = new World({ serverPassword: 'team-secret' });
    expect(await connect(world, machat).ask(hello({ name: 'Mina' }))).toBe('* password-required\n');
    expect(await connect(world, machat).ask(`${hello({ name: 'Mina', password: 'team-secret' })}hi\n`)).toBe(
      'Mina:hi\n',
    );
  });
});
