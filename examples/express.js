/**
 * An Express application with a chat: its own routes, WebSockets at /mychat on the same port, a second port for `ncat`,
 * and bots. All clients share the same rooms.
 *
 *     node examples/express.js
 *     ncat localhost 4000
 *     curl localhost:8080/deployed -H 'Content-Type: application/json' -d '{"version": "2.0"}'
 */
import express from 'express';
import { Partyline } from 'partyline';

const { WEB_PORT = '8080', CHAT_PORT = '4000' } = process.env;

const party = new Partyline({ logger: console, botNames: ['deploy-bot', 'clock-bot'] });
const app = express();
app.use(express.json());

// The routes can use the chat.
app.get('/', (_request, response) => {
  response.json({ chatting: party.userCount });
});

app.post('/deployed', async (request, response) => {
  const result = await party.say('ops', 'deploy-bot', `version ${request.body?.version} is out`);
  if (typeof result === 'object') response.json({ said: true });
  else response.status(result === 'not-stored' ? 503 : 400).json({ said: false, why: result });
});

// A bot that replies to `!time`. It also receives its own messages.
party.on('message', async ({ room, name, text }) => {
  if (name !== 'clock-bot' && text === '!time') await party.say(room, 'clock-bot', new Date().toISOString());
});

// Browsers and MaChat's WebSocket clients use the web port, other clients the chat port.
const server = app.listen(Number(WEB_PORT), '127.0.0.1', () => console.log('web on', server.address()));
party.attach(server, { path: '/mychat' });
const { port } = await party.listen({ port: Number(CHAT_PORT) });
console.log('chat on', port);

// Close the chat first: it notifies its clients, and open WebSockets would delay the end of the server.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    await party.close();
    server.close();
  });
