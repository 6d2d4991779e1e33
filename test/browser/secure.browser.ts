/** A page over a secure WebSocket, in a real browser that trusts the server's certificate. Skipped without Chromium. */
import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certificatePair } from '../support/certificate.js';
import { chromium, Site } from '../support/chromium.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** The script of a page that chats over a WebSocket, and returns the output or the close code. */
const chatOver = (url: string) => `
  return new Promise((done) => {
    const socket = new WebSocket('${url}');
    let text = '';
    socket.onopen = () => socket.send('LOGIN webby\\nMSG hi from a page\\nPING done');
    socket.onmessage = ({ data }) => {
      text += data + '\\n';
      if (text.endsWith('PONG done\\n')) done(text);
    };
    socket.onclose = ({ code }) => done('closed ' + code);
  });`;

describe.skipIf(chromium === null)('a page in Chromium', () => {
  it('a page of a listed origin in Chromium chats over wss with TLS_ONLY', async () => {
    const { cert, settings } = await certificatePair();
    const { publicKey } = new X509Certificate(cert);
    const key = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
    const trustFlags = [`--ignore-certificate-errors-spki-list=${key}`];
    const site = await Site.open();
    const { port } = await serve({ ...settings, TLS_ONLY: 'true', ALLOWED_ORIGINS: site.origin });
    const ann = await SocketClient.login(port, 'ann', SocketClient.connectTls(port, { ca: cert }));

    expect(await site.run(chatOver(`wss://127.0.0.1:${port}/ws`), trustFlags)).toBe('OK\nPONG done\n');
    await ann.until('MSG webby hi from a page\n');
    await ann.until('INFO webby disconnected\n');

    expect(await site.run(chatOver(`ws://127.0.0.1:${port}/ws`), trustFlags)).toBe('closed 1006');
    const foreign = await Site.open();
    expect(await foreign.run(chatOver(`wss://127.0.0.1:${port}/ws`), trustFlags)).toBe('closed 1006');
    expect(await ann.fence()).toBe('');
  }, 200_000);
});
