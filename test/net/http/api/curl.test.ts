/** The lines that README.md and docs/http.md show, with curl itself. */
import { describe, expect, it } from 'vitest';
import { curl, hasCurl } from '../../../support/curl.js';
import { serve } from '../../../support/process.js';
import { SocketClient } from '../../../support/socket-client.js';

// Debian's package curl; .ci/run installs it.
describe.skipIf(!hasCurl)('curl', () => {
  it('curl posts with the short form, and prints the id', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const { stdout } = await curl(['-d', 'build 42 is green', `localhost:${port}/lobby`]);
    expect(stdout).toBe('1\n');
    expect(await ann.fence()).toBe('MSG curl build 42 is green\n');
  });

  it('curl posts the output of a command as one paste, under a name', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const output = 'cc -c main.c\n\n  main.c:7: error\nmake: *** [main.o] Error 1\n';
    const { stdout } = await curl(
      ['--data-binary', '@-', '-u', 'ci:', `localhost:${port}/rooms/lobby/messages`],
      output,
    );
    expect(stdout).toBe('1\n');
    expect(await ann.fence()).toBe(
      'MSG ci cc -c main.c\nMSG ci   main.c:7: error\nMSG ci make: *** [main.o] Error 1\n',
    );
    const read = await curl([`localhost:${port}/rooms/lobby/messages`]);
    expect(read.stdout.split('\n')).toHaveLength(4);
  });

  it('curl with --fail exits with an error if the post is refused', async () => {
    const { port } = await serve();
    const refused = await curl(['--fail-with-body', '-d', '', `localhost:${port}/lobby`]);
    expect(refused).toMatchObject({ code: 22, stdout: expect.stringMatching(/^usage: /) });
  });

  it('curl with a large body is refused before it sends it', async () => {
    const { port } = await serve();
    const result = await curl(
      ['-H', 'Expect: 100-continue', '--data-binary', '@-', `localhost:${port}/lobby`],
      'x\n'.repeat(2_000_000),
    );
    expect(result.stdout).toMatch(/^paste-too-long: /);
  });
});
