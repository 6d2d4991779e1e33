/** The check whether TCP handles work, and what happens where they do not. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { handleBinding } from '../../src/net/tcp-handle.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

vi.mock(import('../../src/net/tcp-handle.js'), async (original) => {
  const real = await original();
  return { ...real, handleBinding: vi.fn(real.handleBinding) };
});

beforeEach(() => {
  vi.resetModules();
  vi.mocked(handleBinding).mockReset(); // restores the real function
});

/** As in a process that has just started. */
async function check() {
  const { checkHandles } = await import('../../src/net/handle-check.js');
  return checkHandles();
}

describe('the check of TCP handles', () => {
  it('the check of TCP handles succeeds on this version of Node.js and this system', async () => {
    expect(await check()).toHaveProperty('connections');
  });

  it('the check of TCP handles fails if the version of Node.js lacks something', async () => {
    vi.mocked(handleBinding).mockReturnValue(null);

    expect(await check()).toEqual({
      problem: 'this version of Node.js has other ones, or does not permit them',
    });
  });

  it.each([
    ['kReadBytesOrError', /^reading and writing: /],
    ['kLastWriteWasAsync', /^a write that is not finished at once: /],
    ['endOfFile', /^the end of one side: /],
  ] as const)('the check of TCP handles fails if %s has another meaning', async (name, problem) => {
    const binding = handleBinding();
    if (binding === null) throw new Error('no binding');
    vi.mocked(handleBinding).mockReturnValue({ ...binding, [name]: 1 });

    expect(await check()).toEqual({ problem: expect.stringMatching(problem) });
  });
});

describe('a server without TCP handles', () => {
  it('a server without TCP handles serves over sockets, and logs that', async () => {
    vi.mocked(handleBinding).mockReturnValue(null);
    vi.doMock(import('../../src/net/handle-check.js'), async (original) => ({ ...(await original()) }));
    const { serve: serveAnew } = await import('../support/process.js');
    const { port, log } = await serveAnew({ TRANSPORT: 'auto' });

    await log.has({
      level: 'warn',
      problem: 'this version of Node.js has other ones, or does not permit them',
    });
    const client = await SocketClient.login(port, 'ann');
    expect(await client.fence()).toBe('');
  });

  it('a server with TRANSPORT=public checks nothing', async () => {
    const { port, log } = await serve({ TRANSPORT: 'public' });
    const client = await SocketClient.login(port, 'ann');

    expect(await client.fence()).toBe('');
    expect(handleBinding).not.toHaveBeenCalled();
    expect(log.events.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});
