import { expect, it } from 'vitest';
import { openNatsLog } from '../../src/cluster/nats.js';
import { startNats, startNatsCluster } from '../support/nats-servers.js';
import { loadConfig } from '../../src/config/load-config.js';

it('explore', { timeout: 120000 }, async () => {
  const t0 = performance.now();
  const say = (...a: unknown[]) => console.log(((performance.now() - t0) / 1000).toFixed(2), ...a);
  const nats = await startNats();
  say('started');
  const log = await openNatsLog({
    servers: loadConfig({ env: { CLUSTER: nats.url } }).cluster,
    stream: 'PARTYLINE',
    replicas: 1,
    nodeName: 'x',
    creds: null,
    ca: null,
    id: null,
    log: { info: (t) => say('INFO', t), warn: (t) => say('WARN', t) },
    onOpen: () => say('open'),
  });
  say(await log.ends());
  const got: unknown[] = [];
  log.read(0, (seq, at, bytes) => {
    got.push(seq);
    say(seq, at, Buffer.from(bytes).toString());
  });
  log.append(Buffer.from('one'));
  await expect.poll(() => got.length, { timeout: 5000 }).toBe(1);
  say(await log.at(1), await log.at(2), await log.ends());
  await nats.kill();
  await new Promise((r) => setTimeout(r, 3000));
  await nats.start();
  say('restarted');
  await expect
    .poll(
      () => {
        log.append(Buffer.from('two'));
        return got.length;
      },
      { timeout: 15000, interval: 200 },
    )
    .toBeGreaterThan(1);
  await log.close();
  say('closed');
  const servers = await startNatsCluster();
  say('cluster started');
  const log3 = await openNatsLog({
    servers: loadConfig({ env: { CLUSTER: servers.map((s) => s.url).join(',') } }).cluster,
    stream: 'PARTYLINE',
    replicas: 3,
    nodeName: 'x',
    creds: null,
    ca: null,
    id: null,
    log: { info: (t) => say('INFO', t), warn: (t) => say('WARN', t) },
    onOpen: () => say('open'),
  });
  say(await log3.ends());
  const got3: unknown[] = [];
  log3.read(0, (seq) => {
    got3.push(seq);
  });
  let n = 0;
  const pump = setInterval(() => {
    n++;
    log3.append(Buffer.from('n' + n));
  }, 100);
  await expect.poll(() => got3.length, { timeout: 5000 }).toBeGreaterThan(5);
  for (const s of servers) say(s.name, await s.leads('PARTYLINE'));
  for (const s of servers)
    if (await s.leads('PARTYLINE')) {
      say('kill', s.name);
      await s.kill();
      break;
    }
  let before = got3.length;
  await expect.poll(() => got3.length, { timeout: 40000 }).toBeGreaterThan(before + 3);
  say('going on', n, got3.length);
  clearInterval(pump);
  await log3.close();
});
