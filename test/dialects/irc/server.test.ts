/** IRC with a whole server: what its settings change. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificatePair, sharedPair } from '../../support/certificate.js';
import { serveParty } from '../../support/party.js';
import { serve, temporaryFolder } from '../../support/process.js';
import { SocketClient } from '../../support/socket-client.js';

describe('the message of the day of a server', () => {
  it('is the text of MOTD_FILE', async () => {
    const file = join(temporaryFolder(), 'motd.txt');
    writeFileSync(file, 'Welcome!\n\nBe kind.\n');
    const { port } = await serve({ MOTD_FILE: file });
    const ann = await SocketClient.connect(port);
    ann.send('NICK ann\r\nUSER ann 0 * :Ann\r\n');
    expect(await ann.until(/ 376 [^\n]+\n/)).toContain(
      [
        ':partyline.local 375 ann :- partyline.local Message of the day -',
        ':partyline.local 372 ann :- Welcome!',
        ':partyline.local 372 ann :- ',
        ':partyline.local 372 ann :- Be kind.',
        ':partyline.local 376 ann :End of MOTD command\r\n',
      ].join('\r\n'),
    );
  });

  it('is missing without MOTD_FILE', async () => {
    const { port } = await serve();
    const ann = await SocketClient.connect(port);
    ann.send('NICK ann\r\nUSER ann 0 * :Ann\r\n');
    expect(await ann.until(/ 221 [^\n]+\n/)).toContain(':partyline.local 422 ann :MOTD File is missing\r\n');
  });
});

describe('STS_DURATION', () => {
  it('names the port of TLS to a client without it, and the duration to one with TLS', async () => {
    const { cert, settings } = await certificatePair();
    const { port } = await serve({ ...settings, STS_DURATION: '86400' });
    const plain = await SocketClient.connect(port);
    expect(await capsOf(plain)).toMatch(new RegExp(`[ :]sts=port=${port}\\r\\n$`));
    const secure = await SocketClient.connectTls(port, { ca: cert });
    expect(await capsOf(secure)).toMatch(/[ :]sts=duration=86400\r\n$/);
  });

  it('is told to clients of version 302 alone, and cannot be asked for', async () => {
    const { port } = await serve({ ...(await sharedPair()), STS_DURATION: '60' });
    const ann = await SocketClient.connect(port);
    ann.send('CAP LS\r\nCAP REQ :sts\r\n');
    const answer = await ann.until(/ NAK [^\n]+\n/);
    expect(answer).toContain(':partyline.local CAP * NAK :sts\r\n');
    expect(answer).not.toContain('sts=');
    expect(answer).not.toContain(' sts ');
  });

  it('has no effect on a port without a certificate, and none if it is 0', async () => {
    const plain = await serveParty({ stsDurationSeconds: 86_400 });
    expect(await capsOf(await SocketClient.connect(plain.port))).not.toContain('sts=');
    const off = await serve(await sharedPair());
    expect(await capsOf(await SocketClient.connect(off.port))).not.toContain('sts=');
  });
});

/** The capabilities that a client of version 302 is told. */
function capsOf(client: SocketClient): Promise<string> {
  client.send('CAP LS 302\r\n');
  return client.until(/ CAP \* LS :[^\n]+\n/);
}
