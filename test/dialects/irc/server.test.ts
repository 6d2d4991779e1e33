/** IRC with a whole server: what its settings change. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
