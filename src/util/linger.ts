/** How long a socket stays open after the server ended its side of the connection. */

/**
 * The peer reads the last bytes and closes first. If the server closed at once while input is still unread, its system
 * would send a reset, and the reset can overtake the last bytes (RFC 9112, 9.6; RFC 1122, 4.2.2.13). So the server ends
 * its side, reads and drops further input, and destroys the socket after this time.
 */
export const LINGER_MS = 2_000;
