/**
 * A WebSocket that carries lines: a message of the server is one line, a message of the page one or several.
 */
import type { Socket, SocketListener } from '../model/ports.js';

/** The server takes 16 KiB in a message; a character takes at most three bytes for each of its units. */
const MAX_UNITS = 5000;

export function openSocket(url: string, listener: SocketListener): Socket {
  let isOver = false;
  const socket = new WebSocket(url);
  socket.onopen = () => {
    if (!isOver) listener.onOpen();
  };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== 'string') return;
    for (const line of data.split('\n')) if (!isOver && line !== '') listener.onLine(line);
  };
  socket.onclose = ({ code, reason }) => {
    if (isOver) return;
    isOver = true;
    listener.onClose(code, reason);
  };
  return {
    send: (lines) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      for (const message of messagesOf(lines)) socket.send(message);
    },
    close: () => {
      isOver = true;
      socket.close(1000);
    },
  };
}

function messagesOf(lines: readonly string[]): readonly string[] {
  const messages: string[] = [];
  for (const line of lines) {
    const last = messages.at(-1);
    if (last === undefined || last.length + line.length >= MAX_UNITS) messages.push(line);
    else messages[messages.length - 1] = `${last}\n${line}`;
  }
  return messages;
}
