/** WebSockets of pages that only listen: their browser answers pings, which keeps them. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { serve } from '../../support/process.js';
import { WebSocketClient } from '../../support/websocket-client.js';

describe('a WebSocket that only listens', () => {
  it('without HEARTBEAT_INTERVAL it is pinged at half of IDLE_TIMEOUT, and stays', async () => {
    const { port } = await serve({ HEARTBEAT_INTERVAL: '0', IDLE_TIMEOUT: '2' });
    const page = await WebSocketClient.connect(port);
    page.send('LOGIN page');
    await page.until('OK\n');
    await delay(5000);
    expect(page.pings).toBeGreaterThanOrEqual(3);
    expect(page.ws.readyState).toBe(page.ws.OPEN);
    page.send('PING still here');
    await page.until('PONG still here\n');
  });

  it('with IDLE_TIMEOUT=0 too there are no pings without HEARTBEAT_INTERVAL', async () => {
    const { port } = await serve({ HEARTBEAT_INTERVAL: '0', IDLE_TIMEOUT: '0' });
    const page = await WebSocketClient.connect(port);
    page.send('LOGIN page');
    await page.until('OK\n');
    await delay(1500);
    expect(page.pings).toBe(0);
  });
});
