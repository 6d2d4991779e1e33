/** Commands that write, on a full disk. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { launch, run } from '../support/process.js';
import { canMount, fill, smallDisk } from '../support/small-disk.js';
import { SocketClient } from '../support/socket-client.js';

describe.skipIf(!canMount)('a command on a full disk', () => {
  it('a command on a full disk names the file that it cannot write, and what to do', async () => {
    const data = join(smallDisk(), 'data');
    const server = await launch({ flags: ['--data-dir', data] });
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('REGISTER correct-horse\n');
    await ann.until('OK\n');
    const other = smallDisk();
    fill(other);
    const copy = join(other, 'copy.db');
    expect(await run(['backup', copy, '--data-dir', data])).toEqual({
      code: 2,
      stdout: '',
      stderr: `partyline: cannot write ${copy}: the disk is full; free disk space, or choose a file on another disk\n`,
    });
    expect(existsSync(copy)).toBe(false);
    fill(join(data, '..'));
    expect(await run(['token', 'create', 'ann', '--data-dir', data])).toEqual({
      code: 2,
      stdout: '',
      stderr: `partyline: cannot write ${data}: the disk is full; free disk space or choose another folder with --data-dir\n`,
    });
  });
});
