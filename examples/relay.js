/**
 * Relays the messages of a room to a URL, as JSON that Slack's, Mattermost's and this server's webhooks take:
 * `{"text":"ann: hi"}`. It is what an outgoing webhook would be, and needs no package.
 *
 *   node relay.js http://localhost:4000 ops https://hooks.example.org/T0/B0
 *
 * The id of the last message that the URL has accepted is kept in a file (default: relay-<room>.cursor), so a relay that
 * was stopped goes on where it was. In order, and at least once: after a crash the last message may come again, with the
 * same Idempotency-Key. A message that the URL can never accept, such as one that is too long for it, is left out, and
 * named on standard error. TOKEN is a token of this server, for one that needs a password.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [server, room, url, file = `relay-${room}.cursor`] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: relay.js <server> <room> <url> [cursor file]');
  process.exit(2);
}

const TRY_MS = 7_000;
/** Without a sign of life for so long, the connection is dead: the server gives one every 15 s. */
const SILENCE_MS = 45_000;
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;
/** Another attempt would be refused too. */
const PERMANENT = new Set([400, 413, 422]);

const base = `${server.replace(/\/$/, '')}/rooms/${encodeURIComponent(room)}`;
const headers = process.env.TOKEN ? { Authorization: `Bearer ${process.env.TOKEN}` } : {};
/** A key is ASCII, and a room need not be. A server without a stored history begins its ids anew, so the time is a part of it. */
const keyPrefix = createHash('sha256').update(base).digest('hex').slice(0, 16);
let cursor = readCursor();

for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
  try {
    if (cursor === null) {
      cursor = await newestId();
      writeCursor(cursor);
    }
    for await (const event of events(cursor)) {
      delay = FIRST_DELAY_MS;
      if (event.event !== 'message') continue;
      await deliver(event);
      cursor = event.id;
      writeCursor(cursor);
    }
  } catch (error) {
    console.error(`relay: ${error.message}; trying again`);
  }
  await sleep(delay);
}

/** The events of the room after a message, each an object, until the connection ends. */
async function* events(after) {
  const silence = new AbortController();
  const response = await fetch(`${base}/events.ndjson?after=${after}`, { headers, signal: silence.signal });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).trim()}`);
  let rest = '';
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      timer.refresh();
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      // While messages are delivered, nothing is read: the server may then close, and the relay comes back.
      clearTimeout(timer);
      for (const line of lines) yield JSON.parse(line);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Tries until the URL has accepted the message, or never will: a later one must not overtake it. */
async function deliver({ id, time, name, text }) {
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `${keyPrefix}-${id}-${time}` },
        body: JSON.stringify({ text: `${name}: ${text}` }),
        signal: AbortSignal.timeout(TRY_MS),
      });
      if (response.ok) return;
      const answer = `${response.status} ${(await response.text()).trim()}`;
      if (PERMANENT.has(response.status)) {
        console.error(`relay: message ${id} is left out: ${answer}`);
        return;
      }
      console.error(`relay: message ${id}: ${answer}; trying again`);
    } catch (error) {
      console.error(`relay: message ${id}: ${error.message}`);
    }
    await sleep(delay);
  }
}

/** Where a new relay begins: with what comes next. */
async function newestId() {
  const response = await fetch(`${base}/messages.json?limit=1`, { headers });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).trim()}`);
  const [newest] = await response.json();
  return newest?.id ?? 0;
}

function readCursor() {
  try {
    const id = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isNaN(id) ? null : id;
  } catch {
    return null;
  }
}

/** A crash leaves the old file or the new one, and never half of it. */
function writeCursor(id) {
  writeFileSync(`${file}.new`, `${id}\n`);
  renameSync(`${file}.new`, file);
}
