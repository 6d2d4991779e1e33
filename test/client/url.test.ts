import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/client/url.js';

describe('a server’s address', () => {
  it.each([
    ['localhost:4000', 'tcp://localhost:4000'],
    ['chat.example.com', 'tcp://chat.example.com:4000'],
    ['10.0.0.7:80', 'tcp://10.0.0.7:80'],
    [':4001', 'tcp://localhost:4001'],
    ['[::1]:4001', 'tcp://[::1]:4001'],
    ['::1', 'tcp://[::1]:4000'],
    ['tcp://HOST:5/', 'tcp://host:5'],
    ['TLS://host', 'tls://host:4000'],
    ['tls://[2001:db8::7]', 'tls://[2001:db8::7]:4000'],
    ['ws://host', 'ws://host:80/ws'],
    ['wss://host/', 'wss://host:443/ws'],
    ['ws://localhost:8099/mychat', 'ws://localhost:8099/mychat'],
    ['wss://host:80?x=1#y', 'wss://host:80/?x=1'],
    ['bücher.example:1', 'tcp://xn--bcher-kva.example:1'],
    [' host:1 ', 'tcp://host:1'],
  ])('%s is %s', (typed, shown) => {
    expect(parseAddress(typed)).toMatchObject({ shown });
  });

  it('an IPv6 host stands without brackets', () => {
    expect(parseAddress('[::1]:4001')).toMatchObject({ transport: 'tcp', host: '::1', port: 4001, path: '' });
  });

  it.each([
    ['http://host', '"http" is none of tcp, tls, ws and wss'],
    ['host:0', 'a port is 1 to 65535, not 0'],
    ['host:65536', 'a port is 1 to 65535, not 65536'],
    ['host:x', '"host:x" is no host:port'],
    ['ho st:1', '"ho st:1" is no host:port'],
    ['a^b:1', '"a^b" is no host'],
    ['host:1/chat', 'only ws:// and wss:// have a path such as "/chat"'],
    ['ws://me:secret@host', 'a name and a password go in --name and --password, not in the address'],
  ])('%s is none: %s', (typed, problem) => {
    expect(parseAddress(typed)).toEqual({ problem });
  });
});
