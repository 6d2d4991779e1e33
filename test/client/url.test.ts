import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/client/url.js';

describe('parseAddress', () => {
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
  ])('parseAddress normalises %s to %s', (typed, shown) => {
    expect(parseAddress(typed)).toMatchObject({ shown });
  });

  it('parseAddress returns an IPv6 host without brackets', () => {
    expect(parseAddress('[::1]:4001')).toMatchObject({ transport: 'tcp', host: '::1', port: 4001, path: '' });
  });

  it.each([
    ['http://host', 'unknown scheme "http"'],
    ['host:0', 'invalid port 0: not from 1 to 65535'],
    ['host:65536', 'invalid port 65536: not from 1 to 65535'],
    ['host:x', 'invalid address "host:x"'],
    ['ho st:1', 'invalid address "ho st:1"'],
    ['a^b:1', 'invalid host "a^b"'],
    ['host:1/chat', 'unexpected path "/chat": only ws:// and wss:// have one'],
    ['ws://me:secret@host', 'an address contains no name and no password; use --name and --password'],
  ])('parseAddress rejects %s: %s', (typed, problem) => {
    expect(parseAddress(typed)).toEqual({ problem });
  });
});
