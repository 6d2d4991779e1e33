/**
 * What a web page can make a real browser send to a chat server's ports: none of it is heard as chat. Skipped where no
 * Chromium is installed (`apt-get install chromium`).
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chromium, Site } from '../support/chromium.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** Commands in every dialect, as a body, a field's name, a path. */
const COMMANDS = 'LOGIN evil\\nMSG owned\\nDM ann owned\\n{"name":"evil","room":"lobby"}\\nowned\\n';

/** A page's script: everything it can send to these ports, waited for as far as a page can. */
function attack(ports: readonly number[]): string {
  return `
    const commands = '${COMMANDS}';
    const opened = [];
    let sent = 0;
    const quietly = (request) => { sent++; return Promise.resolve(request).catch(() => {}); };
    const hosts = ${JSON.stringify(ports)}.flatMap((port) => ['127.0.0.1:' + port, 'localhost:' + port]);
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];
    const attacks = [];
    for (const host of hosts) {
      const url = 'http://' + host + '/';
      for (const path of ['', 'ws', 'mychat', 'healthz', encodeURIComponent(commands)]) {
        attacks.push(quietly(fetch(url + path, { method: 'POST', mode: 'no-cors', body: commands })));
        attacks.push(quietly(fetch(url + path, { mode: 'no-cors' })));
      }
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
        attacks.push(quietly(fetch(url, { method, body: commands, headers: { 'X-Chat': 'LOGIN evil' } })));
      const fields = new FormData();
      fields.set(commands, commands);
      attacks.push(quietly(fetch(url, { method: 'POST', mode: 'no-cors', body: fields, keepalive: true })));
      attacks.push(quietly(fetch('https://' + host + '/', { method: 'POST', mode: 'no-cors', body: commands })));
      navigator.sendBeacon(url, commands);
      for (const type of types) attacks.push(quietly(new Promise((done) => {
        const frame = document.createElement('iframe');
        frame.name = 'frame' + Math.random();
        document.body.append(frame);
        const form = document.createElement('form');
        Object.assign(form, { action: url, method: 'POST', enctype: type, target: frame.name });
        const field = document.createElement('textarea');
        field.name = commands;
        field.value = commands;
        form.append(field);
        document.body.append(form);
        frame.onload = done;
        form.submit();
        setTimeout(done, 2000);
      })));
      for (const path of ['ws', 'mychat']) attacks.push(quietly(new Promise((done) => {
        const socket = new WebSocket('ws://' + host + '/' + path);
        socket.onopen = () => {
          opened.push(host + '/' + path);
          for (const line of commands.split('\\n')) socket.send(line);
        };
        socket.onclose = done;
        setTimeout(done, 2000);
      })));
      const image = new Image();
      image.src = url + encodeURIComponent(commands);
    }
    await Promise.all(attacks);
    return { opened, sent };`;
}

describe.skipIf(chromium === null)('a page from elsewhere in Chromium', () => {
  it('runs no command on any listener, whatever it sends', async () => {
    const server = await serve({ GOTALK_PORT: '0', MACHAT_WS_PORT: '0', RATE_LIMIT: '0' });
    const site = await Site.open();
    const ann = await SocketClient.login(server.port, 'ann');
    const mina = await SocketClient.connect(server.port);
    mina.send('{"name":"Mina","room":"lobby"}');
    const control = await recorder();
    const ports = [server.port, server.gotalkPort ?? 0, server.machatWsPort ?? 0, control.port];

    const report = await site.run(attack(ports));

    expect(report).toEqual({ opened: [], sent: expect.toSatisfy((sent) => sent > 100) });
    // The browser did send them: one who listened without looking would have been told to speak.
    expect(control.heard()).toContain('MSG owned\n');
    expect(control.heard()).toContain('\nUpgrade: websocket\r\n');
    ann.send('WHO\nMSG still here\n');
    expect(await ann.fence()).toBe('USER ann\nUSER Mina\n');
    expect(await mina.until('\n')).toBe('ann:still here\n');
  });

  it('chats if its origin is listed', async () => {
    const site = await Site.open();
    const { port } = await serve({ ALLOWED_ORIGINS: site.origin });
    const ann = await SocketClient.login(port, 'ann');
    const heard = site.run(`
      const socket = new WebSocket('ws://127.0.0.1:${port}/ws');
      return new Promise((done) => {
        let heard = '';
        socket.onopen = () => { for (const line of ['LOGIN page', 'MSG hi ann']) socket.send(line); };
        socket.onmessage = ({ data }) => {
          heard += data;
          if (data.startsWith('MSG')) socket.send('QUIT');
        };
        socket.onclose = ({ code }) => done([heard, code]);
      });`);
    await ann.until('MSG page hi ann\n');
    ann.send('MSG hi page\n');
    expect(await heard).toEqual(['OK\nMSG ann hi page\nINFO bye\n', 1000]);
    expect(await ann.fence()).toBe('INFO page disconnected\n');
  });
});

/** Hears all that comes, and answers nothing: what a careless server would have taken for commands. */
async function recorder(): Promise<{ readonly port: number; heard(): string }> {
  let heard = '';
  const server = createServer((socket) => {
    socket.setEncoding('latin1').on('data', (text: string) => {
      heard += text;
      socket.end();
    });
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, heard: () => heard };
}
