/**
 * Everything that a web page can make a real browser send to the server's ports, none of which may be read as chat.
 * Skipped without Chromium (`apt-get install chromium`).
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chromium, Site } from '../support/chromium.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** Commands of every dialect, to be sent as a body, a field's name, a path. */
const COMMANDS = 'LOGIN evil\\nMSG owned\\nDM ann owned\\n{"name":"evil","room":"lobby"}\\nowned\\n';

/** The script of a page that sends these commands to these ports in every way that a browser has. */
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
      for (const path of ['', 'ws', 'mychat', 'healthz', 'lobby', 'rooms/lobby/messages', encodeURIComponent(commands)]) {
        attacks.push(quietly(fetch(url + path, { method: 'POST', mode: 'no-cors', body: commands })));
        attacks.push(quietly(fetch(url + path, { mode: 'no-cors' })));
      }
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
        attacks.push(quietly(fetch(url, { method, body: commands, headers: { 'X-Chat': 'LOGIN evil' } })));
      const fields = new FormData();
      fields.set(commands, commands);
      attacks.push(quietly(fetch(url, { method: 'POST', mode: 'no-cors', body: fields, keepalive: true })));
      attacks.push(quietly(fetch('https://' + host + '/', { method: 'POST', mode: 'no-cors', body: commands })));
      for (const path of ['', 'lobby', 'rooms/lobby/messages']) navigator.sendBeacon(url + path, commands);
      for (const path of ['rooms.json', 'rooms/lobby/messages.json']) attacks.push(quietly(new Promise((done) => {
        const script = document.createElement('script');
        script.src = url + path;
        script.onload = () => { opened.push(host + '/' + path); done(); };
        script.onerror = done;
        document.body.append(script);
        setTimeout(done, 2000);
      })));
      attacks.push(quietly(new Promise((done) => {
        const events = new EventSource(url + 'rooms/lobby/events.sse?after=0');
        events.onopen = () => { opened.push(host + '/events'); events.close(); done(); };
        events.onerror = () => { events.close(); done(); };
      })));
      for (const type of types) for (const path of ['', 'lobby']) attacks.push(quietly(new Promise((done) => {
        const frame = document.createElement('iframe');
        frame.name = 'frame' + Math.random();
        document.body.append(frame);
        const form = document.createElement('form');
        Object.assign(form, { action: url + path, method: 'POST', enctype: type, target: frame.name });
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

describe.skipIf(chromium === null)('a page of a foreign origin in Chromium', () => {
  it('a page of a foreign origin in Chromium cannot run a command on any listener', async () => {
    const server = await serve({ GOTALK_PORT: '0', MACHAT_WS_PORT: '0', RATE_LIMIT: '0' });
    const site = await Site.open();
    const ann = await SocketClient.login(server.port, 'ann');
    const mina = await SocketClient.connect(server.port);
    mina.send('{"name":"Mina","room":"lobby"}');
    const control = await recorder();
    const ports = [server.port, server.gotalkPort ?? 0, server.machatWsPort ?? 0, control.port];

    const report = await site.run(attack(ports));

    expect(report).toEqual({ opened: [], sent: expect.toSatisfy((sent) => sent > 100) });
    // The browser did send them: a server that reads all input as lines would have run them.
    expect(control.received()).toContain('MSG owned\n');
    expect(control.received()).toContain('\nUpgrade: websocket\r\n');
    ann.send('WHO\nMSG still here\n');
    expect(await ann.fence()).toBe('USER ann\nUSER Mina\n');
    expect(await mina.until('\n')).toBe('ann:still here\n');
  });

  it('a page of a foreign origin in Chromium chats if its origin is listed', async () => {
    const site = await Site.open();
    const { port } = await serve({ ALLOWED_ORIGINS: site.origin });
    const ann = await SocketClient.login(port, 'ann');
    const result = site.run(`
      const socket = new WebSocket('ws://127.0.0.1:${port}/ws');
      return new Promise((done) => {
        let received = '';
        socket.onopen = () => { for (const line of ['LOGIN page', 'MSG hi ann']) socket.send(line); };
        socket.onmessage = ({ data }) => {
          received += data + '\\n';
          if (data.startsWith('MSG')) socket.send('QUIT');
        };
        socket.onclose = ({ code }) => done([received, code]);
      });`);
    await ann.until('MSG page hi ann\n');
    ann.send('MSG hi page\n');
    expect(await result).toEqual(['OK\nMSG ann hi page\nINFO bye\n', 1000]);
    expect(await ann.fence()).toBe('INFO page disconnected\n');
  });
});

/** A port that records all input and closes without a reply. */
async function recorder(): Promise<{ readonly port: number; received(): string }> {
  let received = '';
  const server = createServer((socket) => {
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
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
  return { port, received: () => received };
}
