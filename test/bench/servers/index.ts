/** The servers that Partyline is compared with, in the order of the output. */

import { inspircd } from './inspircd.js';
import { natsServer } from './nats.js';
import { ngircd } from './ngircd.js';
import { redisServer } from './redis.js';
import { reference } from './reference.js';
import type { Peer } from './server.js';

export const peers: readonly Peer[] = [redisServer, natsServer, ngircd, inspircd, reference];
