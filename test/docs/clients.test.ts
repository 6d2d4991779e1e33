/** Runs the PowerShell transcript of docs/clients.md against a server, with the bytes that .NET sends for it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serveParty } from '../support/party.js';
import { SocketClient } from '../support/socket-client.js';

const ROOT = resolve(import.meta.dirname, '../..');
const [, transcript = ''] =
  /```powershell\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs/clients.md'), 'utf8')) ?? [];

describe('the PowerShell transcript of docs/clients.md', () => {
  it.each([
    ['without a byte order mark', ''],
    ['with one, as [Text.Encoding]::UTF8 sends it', '\ufeff'],
  ])('the PowerShell transcript of docs/clients.md gets the replies that it shows, %s', async (_, mark) => {
    const { port } = await serveParty();
    const bob = await SocketClient.login(port, 'bob');
    const client = await SocketClient.connect(port);
    let prefix = mark;
    let replies = 0;
    for (const [, sent, received] of transcript.matchAll(/WriteLine\('(.*)'\)|ReadLine\(\) +# (.*)/g)) {
      if (sent !== undefined) client.send(`${prefix}${sent}\r\n`);
      else expect(await client.until('\n')).toBe(`${received}\n`);
      if (sent === undefined) replies++;
      prefix = '';
    }
    expect(replies).toBe(3);
    expect(await bob.until('disconnected\n')).toBe('MSG ann hi from PowerShell\nINFO ann disconnected\n');
  });
});
