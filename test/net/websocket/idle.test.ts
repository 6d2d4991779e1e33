/** WebSockets of pages that only listen: their browser answers pings, which keeps them. */
import { describe, expect, it } from 'vitest';
import { Heartbeat } from '../../../src/net/websocket/heartbeat.js';
import { pingIntervalMs } from '../../../src/config/ping-interval.js';
import { ManualClock } from '../../support/manual-clock.js';
import { serve } from '../../support/process.js';
import { DEADLINE_MS } from '../../support/socket-client.js';
import { WebSocketClient } from '../../support/websocket-client.js';

describe('a WebSocket that only listens', () => {
  it('a WebSocket without HEARTBEAT_INTERVAL is pinged until IDLE_TIMEOUT is long over, and stays', async () => {
    const { port } = await serve({ HEARTBEAT_INTERVAL: '0', IDLE_TIMEOUT: '3' });
    const page = await WebSocketClient.login(port, 'page');
    await expect.poll(() => page.pings, { timeout: DEADLINE_MS }).toBeGreaterThanOrEqual(4);
    expect(page.ws.readyState).toBe(page.ws.OPEN);
    page.send('PING still here');
    await page.until('PONG still here\n');
  });

  it.each([
    [30_000, null, 30_000],
    [30_000, 0, 30_000],
    [0, null, 30_000],
    [0, 8_000, 4_000],
    [0, 0, 0],
  ])(
    'the interval of pings with HEARTBEAT_INTERVAL=%s and IDLE_TIMEOUT=%s ms is %s',
    (heartbeat, idle, ms) => {
      expect(pingIntervalMs(heartbeat, idle)).toBe(ms);
    },
  );

  it('a heartbeat without an interval looks at no WebSocket, and sets no timer', () => {
    const clock = new ManualClock();
    const heartbeat = new Heartbeat(clock, 0);
    let looks = 0;
    heartbeat.add({ checkAlive: () => looks++ });
    clock.advance(3_600_000);
    expect([looks, clock.alarms]).toEqual([0, 0]);
  });
});
