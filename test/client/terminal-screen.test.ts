/** Tests `partyline chat` in a pseudo-terminal: tmux renders the screen that a user would see. */
import { describe, expect, it } from 'vitest';
import { hasTmux, Pane } from '../support/pane.js';
import { builtCli, serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

function chat(port: number, ...options: readonly string[]): Pane {
  return new Pane([process.execPath, builtCli, 'chat', `127.0.0.1:${port}`, '--name', 'bob', ...options]);
}

describe.skipIf(!hasTmux)('partyline chat in a terminal (needs tmux)', () => {
  it('keeps the input line at the bottom when messages arrive', async () => {
    const { port } = await serve();
    const pane = chat(port);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    pane.press('hello everyone');
    await pane.endsWith('#lobby> hello everyone');
    ann.send('MSG hi\n');
    await pane.endsWith('00:00 ann: hi', '#lobby> hello everyone');
    pane.press('Left', 'Left', 'Enter');
    await pane.endsWith('00:00 ann: hi', '00:00 bob: hello everyone', '#lobby>');
    expect(await ann.until('\n')).toBe('MSG bob hello everyone\n');
  });

  it('draws an input line of several rows below new messages, and replaces it by its message', async () => {
    const { port } = await serve();
    const pane = chat(port);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    const long = `${'0123456789'.repeat(6)} ${'abcdefghij'.repeat(6)}`;
    pane.paste(long);
    const typed = [`#lobby> ${long.slice(0, 52)}`, long.slice(52, 112), long.slice(112)];
    await pane.endsWith(...typed);
    ann.send('MSG one\n');
    await pane.endsWith('00:00 ann: one', ...typed);
    pane.press('Home');
    ann.send('MSG two\nMSG three\n');
    await pane.endsWith('00:00 ann: one', '00:00 ann: two', '00:00 ann: three', ...typed);
    pane.press('Enter');
    await pane.endsWith('00:00 ann: three', '00:00 bob:', long.slice(0, 60), long.slice(61), '#lobby>');
    expect(await ann.until('\n')).toBe(`MSG bob ${long}\n`);
  });

  it('inserts each key of a burst at the cursor', async () => {
    const { port } = await serve();
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    pane.paste('hello world\u001b[D\u001b[D\u001b[D\u001b[D\u001b[DSTART \u001b[H>> \u001b[F!\u007f?');
    await pane.endsWith('#lobby> >> hello START world?');
    pane.press('Left', 'BSpace', 'BSpace', 'x');
    await pane.endsWith('#lobby> >> hello START worx?');
  });

  it('sends pasted lines as one paste with their blanks, and a slash in them is text', async () => {
    const { port } = await serve();
    const pane = chat(port);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    pane.pasteBracketed('def f():\n    return 1\n\n/quit\n');
    await pane.endsWith(
      '00:00 bob: def f():',
      '00:00 bob:     return 1',
      '00:00 bob:',
      '00:00 bob: /quit',
      '#lobby>',
    );
    expect(await ann.until('/quit\n')).toBe(
      'MSG bob def f():\nMSG bob     return 1\nMSG bob \nMSG bob /quit\n',
    );
    pane.pasteBracketed('only one line\n');
    await pane.endsWith('#lobby> only one line');
  });

  it('takes lines that come in one read without marks for typed ones', async () => {
    const { port } = await serve();
    const pane = chat(port);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    pane.paste('/register red-horse-9\rhello\r');
    expect(await ann.until('\n')).toBe('MSG bob hello\n');
    await pane.shows('bob is now registered');
    expect(pane.raw()).not.toContain('bob: /register');
  });

  it('posts no password on a terminal without bracketed paste, where lines in one read are a paste', async () => {
    const { port } = await serve();
    const command = `env -u TMUX TERM=screen node ${builtCli} chat 127.0.0.1:${port} --name bob`.split(' ');
    const pane = new Pane(command);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    pane.paste('/a\r  b\r');
    expect(await ann.until('  b\n')).toBe('MSG bob /a\nMSG bob   b\n');
    pane.paste('hello\r  /REGISTER red-horse-9\r/lock\r');
    expect(await ann.until('\n')).toBe('MSG bob hello\n');
    await pane.shows('bob is now registered');
    // The start of the line was typed before.
    pane.press('/nick');
    await pane.endsWith('#lobby> /nick');
    pane.paste(' bob2\rdone\r');
    expect(await ann.until('done\n')).toBe('INFO bob is now bob2\nMSG bob2 done\n');
  });

  it('asks before it sends pasted lines with a password', async () => {
    const { port } = await serve();
    const pane = chat(port);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    pane.pasteBracketed('/password red-horse-9 blue-horse-9\n/who\n');
    await pane.shows('send these 2 lines as text');
    pane.press('n');
    await pane.endsWith('#lobby>');
    pane.press('hello', 'Enter');
    expect(await ann.until('\n')).toBe('MSG bob hello\n');
  });

  it('asks before it sends more than five pasted lines', async () => {
    const { port } = await serve();
    const pane = chat(port);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    const lines = ['1', '2', '3', '4', '5', '6'];
    pane.pasteBracketed(`${lines.join('\n')}\n`);
    await pane.endsWith('send these 6 lines? (y/n)');
    pane.press('n');
    await pane.endsWith('#lobby>');
    pane.pasteBracketed(`${lines.join('\n')}\n`);
    await pane.endsWith('send these 6 lines? (y/n)');
    pane.press('y');
    expect(await ann.until('6\n')).toBe(lines.map((line) => `MSG bob ${line}\n`).join(''));
  });

  it('leaves no part of an old prompt when the terminal is resized', async () => {
    const { port } = await serve();
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    const typed = 'a line of input that takes two rows in a narrow terminal';
    pane.paste(typed);
    for (const columns of [40, 25, 70, 33, 80]) {
      pane.resize(columns);
      const input = `#lobby> ${typed}`;
      const rows = input.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
      await pane.endsWith(...rows.map((row) => row.trimEnd()));
    }
    expect(
      pane
        .rows()
        .join('\n')
        .match(/#lobby>/g),
    ).toHaveLength(1);
  });

  it('shows earlier messages with page up, wrapped at blanks, and the last ones with page down', async () => {
    const { port } = await serve();
    const pane = chat(port);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    ann.send(Array.from({ length: 40 }, (_, index) => `MSG line ${index}\n`).join(''));
    await pane.endsWith('00:00 ann: line 39', '#lobby>');
    pane.press('PPage', 'x');
    const rows = await pane.endsWith('00:00 ann: line 26', '#lobby> x');
    expect(rows[0]).toContain('more below');
    ann.send(`MSG ${'word '.repeat(20)}end\n`);
    await ann.fence();
    pane.press('y');
    await pane.endsWith('00:00 ann: line 26', '#lobby> xy');
    pane.press('NPage', 'NPage');
    await pane.endsWith(/^00:00 ann:( word){10}$/, /^(word ){10}end$/, '#lobby> xy');
  });

  it('shows its windows, the name and the server in its first row', async () => {
    const { port } = await serve();
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    expect(pane.rows()[0]).toBe(` [1:lobby] · bob at tcp://127.0.0.1:${port}`);
  });

  it('shows the messages with a user in a window of their own', async () => {
    const { port } = await serve();
    const pane = chat(port);
    const ann = await SocketClient.login(port, 'ann');
    await pane.endsWith('#lobby>');
    pane.press('/query ann', 'Enter');
    await pane.endsWith('', '@ann>');
    pane.press('psst', 'Enter');
    await pane.endsWith('00:00 you -> ann: psst', '@ann>');
    expect(await ann.until('\n')).toBe('DM bob psst\n');
    pane.press('/clear', 'Enter');
    await pane.endsWith('', '@ann>');
    pane.press('/topic', 'Enter');
    await pane.endsWith(/this is not a room; \/win lists your rooms/, '@ann>');
    pane.press('/close', 'Enter');
    await pane.endsWith(/you are bob in lobby/, /./, '#lobby>');
    ann.send('DM bob hello\n');
    await pane.endsWith('00:00 * message from ann; Alt-2 or /win 2 shows it', '#lobby>');
    expect(pane.rows()[0]).toMatch(/^ \[1:lobby\] 2:@ann\(1!\) · bob/);
    pane.press('M-a');
    await pane.endsWith('00:00 ann -> you: hello', '@ann>');
    expect(pane.rows()[0]).toMatch(/^ 1:lobby \[2:@ann\] · bob/);
  });

  it('keeps no window for a user who does not exist', async () => {
    const { port } = await serve();
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    pane.press('/dm bbo hi', 'Enter');
    await pane.shows('! not sent to bbo');
    expect(pane.rows()[0]).toMatch(/^ \[1:lobby\] · bob/);
  });

  it('has a window with its own lines, unread count, mention mark and input line for each room', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('JOIN dev\nMSG before\n');
    await ann.fence();
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    pane.press('/join dev', 'Enter');
    await pane.endsWith('', '00:00 * you are in dev', '00:00 ann: before', '#dev>');
    expect(await ann.until('\n')).toBe('INFO bob joined dev\n');
    pane.press('half a sentence');
    await pane.endsWith('#dev> half a sentence');
    pane.press('M-1');
    await pane.endsWith(/you are bob in lobby/, /./, '#lobby>');
    pane.press('hello lobby', 'Enter');
    ann.send('MSG one\nMSG two\n');
    await pane.status(' [1:lobby] 2:dev(2) · bob');
    ann.send('MSG bob: three\n');
    await pane.status(' [1:lobby] 2:dev(3!) · bob');
    expect(pane.rows().join('\n')).not.toContain('three');
    pane.press('C-n');
    await pane.endsWith(
      '00:00 ann: before',
      '00:00 ann: one',
      '00:00 ann: two',
      '00:00 ann: bob: three',
      '#dev> half a sentence',
    );
    await pane.status(' 1:lobby [2:dev] · bob');
    pane.press('Enter');
    expect(await ann.until('\n')).toBe('MSG bob half a sentence\n');
    pane.press('C-p');
    await pane.endsWith('00:00 bob: hello lobby', '#lobby>');
    ann.send('QUIT\n');
    pane.press('/room dev', 'Enter');
    await pane.endsWith(/half a sentence$/, '#dev>');
    pane.press('/clear', 'Enter');
    await pane.endsWith('', '#dev>');
    pane.press('/part', 'Enter');
    await pane.endsWith(/hello lobby$/, /./, '#lobby>');
    await pane.status(' [1:lobby] · bob');
  });

  it('shows what mattered of many rooms in a narrow terminal', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    for (const room of ['development', 'operations', 'support', 'random', 'music']) {
      pane.press(`/join ${room}`, 'Enter');
      await pane.endsWith(new RegExp(`you are in ${room}$`), `#${room}>`);
    }
    pane.press('M-1');
    await pane.endsWith('#lobby>');
    ann.send('JOIN music\nMSG bob?\nJOIN support\nMSG hi\n');
    await pane.status(' [1:lobby] 2:development 4:support(1) 6:music(1!) +2 ');
    pane.resize(40);
    await pane.status(' [1:lobby] 4:support(1) 6:music(1!) +3');
    pane.resize(79);
    await pane.status(' [1:lobby] 2:development 3:operations 4:support(1) 5:random 6:music(1!)');
    pane.resize(120);
    await pane.status(
      ` [1:lobby] 2:development 3:operations 4:support(1) 5:random 6:music(1!) · bob at tcp://127.0.0.1:${port}`,
    );
  });

  it('keeps the place of each window in its lines, and opens a refused room no further', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('REGISTER red-horse\nJOIN secret\nLOCK sesame\n');
    await ann.fence();
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    pane.press('/join secret', 'Enter');
    await pane.endsWith(/cannot enter secret: the room is locked/, /./, 'key of secret (Enter alone: none):');
    await pane.status(' [1:lobby] · bob');
    pane.press('Enter');
    await pane.endsWith('#lobby>');
    pane.press('/join secret wrong', 'Enter');
    await pane.endsWith('key of secret (Enter alone: none):');
    pane.press('sesame', 'Enter');
    await pane.endsWith(/you are in secret$/, '#secret>');
    ann.send(Array.from({ length: 40 }, (_, index) => `MSG line ${index}\n`).join(''));
    await pane.endsWith('00:00 ann: line 39', '#secret>');
    pane.press('PPage');
    await pane.endsWith('00:00 ann: line 26', '#secret>');
    expect(pane.rows()[0]).toContain('more below');
    pane.press('M-1');
    await pane.endsWith('#lobby>');
    expect(pane.rows()[0]).not.toContain('more below');
    pane.press('M-2');
    await pane.endsWith('00:00 ann: line 26', '#secret>');
  });

  it('asks for the keys of locked rooms in --room after the history of the others, one after another', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG one\nMSG two\nREGISTER red-horse\n');
    for (const room of ['secret', 'den', 'vault']) ann.send(`JOIN ${room}\nLOCK sesame\n`);
    await ann.fence();
    const rooms = ['secret', 'den', 'lobby', 'vault'].flatMap((room) => ['--room', room]);
    const pane = chat(port, ...rooms);
    await pane.endsWith(/cannot enter vault: the room is locked/, /./, 'key of secret (Enter alone: none):');
    const shown = pane.rows();
    expect(shown.findIndex((row) => row.includes('two'))).toBeGreaterThan(0);
    expect(shown.findIndex((row) => row.includes('two'))).toBeLessThan(
      shown.findIndex((row) => row.includes('cannot enter secret')),
    );
    pane.press('wrong', 'Enter');
    await pane.endsWith('key of den (Enter alone: none):');
    pane.press('Enter');
    await pane.endsWith('key of vault (Enter alone: none):');
    pane.press('sesame', 'Enter');
    await pane.shows('you are in vault');
    await pane.endsWith('key of secret (Enter alone: none):');
    pane.press('sesame', 'Enter');
    await pane.endsWith(/you are in secret$/, '#secret>');
    await pane.status(' 1:lobby 2:vault [3:secret]');
    expect(pane.raw()).not.toContain('sesame');
  });

  it('asks for the key of the only room in --room, and ends without one', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('REGISTER red-horse\nJOIN secret\nLOCK sesame\n');
    await ann.fence();
    const [pane, other] = [chat(port, '--room', 'secret'), chat(port, '--room', 'secret', '--name', 'eve')];
    await pane.endsWith('00:00 * secret is locked', 'key of secret (Enter alone: leave):');
    pane.press('wrong', 'Enter');
    await pane.endsWith('00:00 * wrong key of secret', 'key of secret (Enter alone: leave):');
    pane.press('sesame', 'Enter');
    await pane.endsWith(/you are bob in secret/, /./, '#secret>');
    await other.endsWith('key of secret (Enter alone: leave):');
    other.press('Enter');
    await other.shows('and type /join');
    await other.endsWith('shell$');
  });

  it('completes names, rooms and commands, recalls earlier input, and clears the line on Ctrl-C', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'annabel');
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    ann.send('JOIN design\n');
    await pane.shows('annabel left lobby');
    // Waits between the keys: a tab between characters that arrive together is taken for pasted text.
    const tab = async (typed: string, before: string, after: string) => {
      pane.press(typed);
      await pane.endsWith(before);
      pane.press('Tab');
      await pane.endsWith(after);
    };
    await tab('/roo', '#lobby> /roo', '#lobby> /rooms');
    pane.press('Enter');
    await pane.endsWith(/rooms: lobby \(1\), design \(1\)$/, '#lobby>');
    await tab('/jo', '#lobby> /jo', '#lobby> /join');
    await tab('de', '#lobby> /join de', '#lobby> /join design');
    pane.press('Enter');
    await pane.endsWith(/you are in design$/, '#design>');
    await tab('AN', '#design> AN', '#design> annabel:');
    pane.press('hi', 'Enter');
    await pane.endsWith('00:00 bob: annabel: hi', '#design>');
    pane.press('Up', 'Up', 'Up');
    await pane.endsWith('#design> /rooms');
    pane.press('C-c', 'x');
    await pane.endsWith('#design> x');
  });

  it('asks for the password of a registered name without echo, and again after a wrong one', async () => {
    const { port } = await serve();
    const bob = await SocketClient.login(port, 'bob');
    bob.send('REGISTER red-horse\n');
    await bob.until('OK\n');
    bob.send('QUIT\n');
    await bob.until('bye\n');
    const pane = chat(port);
    await pane.endsWith('password of bob:');
    pane.press('blue-horse', 'Enter');
    await pane.endsWith('00:00 * wrong password', 'password of bob:');
    pane.press('red-horse', 'Enter');
    await pane.endsWith(/you are bob in lobby/, /./, '#lobby>');
    expect(pane.raw()).not.toContain('horse');
    pane.press('Up', 'x');
    await pane.endsWith('#lobby> x');
  });

  it('says that the server has a password, and ends if the user gives none', async () => {
    const { port } = await serve({ SERVER_PASSWORD: 'open-sesame' });
    const [pane, other] = [chat(port), chat(port)];
    await pane.endsWith('password of the server, or of bob if registered:');
    await other.endsWith('password of the server, or of bob if registered:');
    pane.press('C-c');
    await pane.shows('partyline: the server requires a password');
    await pane.endsWith('shell$');
    other.press('open-sesame', 'Enter');
    await other.endsWith('#lobby>');
  });

  it('says that the password given is the one of the server, and asks for the one of the registered name', async () => {
    const { port } = await serve({ SERVER_PASSWORD: 'open-sesame' });
    const bob = await SocketClient.login(port, 'bob open-sesame');
    bob.send('REGISTER red-horse\n');
    await bob.until('OK\n');
    bob.send('QUIT\n');
    await bob.until('bye\n');
    const pane = chat(port);
    await pane.endsWith('password of the server, or of bob if registered:');
    pane.press('open-sesame', 'Enter');
    await pane.shows('that is the password of the server');
    await pane.endsWith('password of bob:');
    pane.press('red-horse', 'Enter');
    await pane.endsWith(/you are bob in lobby/, /./, '#lobby>');
  });

  it('shows one farewell if the session is ended by another one', async () => {
    const { port } = await serve();
    const bob = await SocketClient.login(port, 'bob');
    bob.send('REGISTER red-horse\n');
    await bob.until('OK\n');
    const pane = chat(port, '--password', 'red-horse');
    await pane.endsWith('#lobby>');
    await SocketClient.login(port, 'bob red-horse');
    await pane.endsWith('shell$');
    expect(
      pane
        .rows()
        .join('')
        .match(/logged in elsewhere/g),
    ).toHaveLength(1);
  });

  it('rings for a direct message and for the own name, and for nothing else', async () => {
    const { port } = await serve();
    const [pane, quiet] = [chat(port), chat(port, '--name', 'eve', '--no-bell')];
    await Promise.all([pane.endsWith('#lobby>'), quiet.endsWith('#lobby>')]);
    const ann = await SocketClient.login(port, 'ann');
    const bells = () => pane.raw().split('\u0007').length - 1;
    ann.send('MSG bobbin\n');
    await pane.shows('bobbin');
    expect(bells()).toBe(0);
    ann.send('MSG Bob: lunch?\n');
    await pane.shows('lunch?');
    expect(bells()).toBe(1);
    ann.send('DM bob psst\nDM eve hush\n');
    await Promise.all([pane.shows('message from ann'), quiet.shows('message from ann')]);
    expect(bells()).toBe(2);
    expect(quiet.raw()).not.toContain('\u0007');
  });

  it('shows names in colour, except with NO_COLOR', async () => {
    const { port } = await serve();
    const command = [process.execPath, builtCli, 'chat', `127.0.0.1:${port}`, '--name'];
    const panes = [new Pane([...command, 'bob']), new Pane(['env', 'NO_COLOR=1', ...command, 'eve'])];
    for (const pane of panes) await pane.endsWith('#lobby>');
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG hi\n');
    const raw: string[] = [];
    for (const pane of panes) {
      await pane.shows('ann: hi');
      raw.push(pane.raw());
    }
    expect(raw[0]).toContain('\u001b[93mann\u001b[39m: hi');
    expect(raw[1]).toMatch(/\d\d:\d\d ann: hi/);
  });

  it('reconnects after a restart of the server and keeps the input line', async () => {
    const first = await serve();
    const pane = chat(first.port);
    await pane.endsWith('#lobby>');
    pane.press('half a sen');
    await first.stop();
    await pane.endsWith(
      '00:00 * the server is shutting down; reconnecting in 1 s',
      '(offline) #lobby> half a sen',
    );
    await serve({ PORT: String(first.port) });
    await pane.endsWith(/./, /./, '#lobby> half a sen');
    await pane.shows('reconnected, in lobby');
    const ann = await SocketClient.login(first.port, 'ann');
    pane.press('tence', 'Enter');
    expect(await ann.until('\n')).toBe('MSG bob half a sentence\n');
  });

  it.each([
    ['/quit', ['/quit', 'Enter']],
    ['Ctrl-D', ['C-d']],
    ['Ctrl-C on an empty line', ['C-c']],
  ])('restores the terminal after %s', async (_, keys) => {
    const { port, log } = await serve();
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    pane.press(...keys);
    await pane.endsWith('shell$');
    await log.has({ tag: 'DISCONNECT', user: 'bob', why: 'quit' });
    pane.press('stty -a', 'Enter');
    await pane.shows(' echo ');
  });

  it('restores the terminal when it is terminated', async () => {
    const { port } = await serve();
    const pane = chat(port);
    await pane.endsWith('#lobby>');
    pane.terminate();
    await pane.endsWith('shell$');
    expect(pane.rows().join('\n')).not.toContain('#lobby>');
    pane.press('stty -a', 'Enter');
    await pane.shows(' echo ');
  });
});
