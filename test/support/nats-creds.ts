/** An operator, an account with JetStream and a user of it, as `nsc` makes them: for tests of CLUSTER_CREDS. */
import { nkeys } from '@nats-io/transport-node';

export interface NatsCreds {
  /** The lines for the configuration of a server that knows the account. */
  readonly config: string;
  /** The content of the credentials file of a user. */
  readonly creds: string;
  /** The same for a user of an account that the server does not know. */
  readonly foreignCreds: string;
}

const UNLIMITED = {
  ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
  ...{ mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 },
};

export function makeNatsCreds(): NatsCreds {
  const operator = nkeys.createOperator();
  const [system, account, foreign] = [nkeys.createAccount(), nkeys.createAccount(), nkeys.createAccount()];
  const accountJwt = (key: Key, limits: object) => jwt(operator, key, { type: 'account', limits });
  const config = [
    `operator: ${jwt(operator, operator, { type: 'operator', system_account: system.getPublicKey() })}`,
    `system_account: ${system.getPublicKey()}`,
    'resolver: MEMORY',
    'resolver_preload: {',
    `  ${system.getPublicKey()}: ${accountJwt(system, { ...UNLIMITED, mem_storage: 0, disk_storage: 0 })}`,
    `  ${account.getPublicKey()}: ${accountJwt(account, UNLIMITED)}`,
    '}',
  ].join('\n');
  return { config, creds: credsOf(account), foreignCreds: credsOf(foreign) };
}

type Key = ReturnType<typeof nkeys.createUser>;

function credsOf(account: Key): string {
  const user = nkeys.createUser();
  const token = jwt(account, user, { type: 'user', pub: {}, sub: {}, subs: -1, data: -1, payload: -1 });
  const seed = Buffer.from(user.getSeed()).toString();
  return [
    '-----BEGIN NATS USER JWT-----',
    token,
    '------END NATS USER JWT------',
    '',
    '-----BEGIN USER NKEY SEED-----',
    seed,
    '------END USER NKEY SEED------',
    '',
  ].join('\n');
}

function jwt(issuer: Key, subject: Key, nats: object): string {
  const claims = {
    jti: 'test',
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: 'test',
    nats: { ...nats, version: 2 },
  };
  const head = `${base64url({ typ: 'JWT', alg: 'ed25519-nkey' })}.${base64url(claims)}`;
  return `${head}.${Buffer.from(issuer.sign(Buffer.from(head))).toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
