/** TLS and SASL as the URL and the environment ask for them. Secrets come from the environment or a file first. */
import { readFileSync } from 'node:fs';
import type { SASLOptions } from 'kafkajs';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { errorMessage } from '../../schemas/systemError';
import { LedgerRefusedError } from '../errors';
import type { Options } from './settings';

/** How a connection is secured. */
export interface Security {
  /** False where nothing is encrypted. */
  readonly ssl: ConnectionOptions | false;
  readonly sasl: SASLOptions | undefined;
}

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/**
 * @param credentials what stands before the @ of the URL
 * @param refuse throws what it is told as an error that names the ledger
 * @throws {LedgerRefusedError} where something is missing, cannot be read or contradicts itself
 */
export function readSecurity(
  credentials: string | undefined,
  options: Options,
  environment: NodeJS.ProcessEnv,
  refuse: (message: string) => never,
): Security {
  const ssl = readTls(options, environment, refuse);
  const [urlUser, urlPassword] = splitCredentials(credentials, refuse);
  const user = urlUser ?? options.user;
  if (options.sasl === undefined) {
    if (user !== undefined) {
      refuse('a user was given but no mechanism to log in with; add sasl=plain, scram-sha-256 or scram-sha-512');
    }
    return { ssl, sasl: undefined };
  }
  const mechanism = mechanisms.find((known) => known === options.sasl?.toLowerCase());
  if (mechanism === undefined) {
    return refuse(`sasl is one of ${mechanisms.join(', ')}, not ${JSON.stringify(options.sasl)}`);
  }
  const password = readPassword(environment, refuse) ?? urlPassword;
  if (user === undefined || password === undefined) {
    return refuse(
      `sasl=${mechanism} needs a user (kafka://USER@…, or TRACTLEDGER_KAFKA_USER) and a password ` +
        `(TRACTLEDGER_KAFKA_PASSWORD_FILE or TRACTLEDGER_KAFKA_PASSWORD)`,
    );
  }
  return { ssl, sasl: { mechanism, username: user, password } };
}

function readTls(
  { tls, ca, cert, key }: Options,
  environment: NodeJS.ProcessEnv,
  refuse: (message: string) => never,
): ConnectionOptions | false {
  const files = ca !== undefined || cert !== undefined || key !== undefined;
  if (tls !== undefined && tls !== 'true' && tls !== 'false') {
    refuse(`tls is true or false, not ${JSON.stringify(tls)}`);
  }
  if (tls === 'false' || (tls === undefined && !files)) {
    return files ? refuse('certificates were given with tls=false; leave one of the two out') : false;
  }
  if ((cert === undefined) !== (key === undefined)) {
    refuse('a client certificate needs both cert and key');
  }
  const passphrase = environment['TRACTLEDGER_KAFKA_KEY_PASSPHRASE'];
  return {
    ...(ca === undefined ? {} : { ca: readText(ca, 'the certificate authority', refuse) }),
    ...(cert === undefined ? {} : { cert: readText(cert, 'the client certificate', refuse) }),
    ...(key === undefined ? {} : { key: readText(key, 'the client key', refuse) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

/**
 * Makes sure that the certificates and the key can be used at all: otherwise each connection would fail with it, and look
 * as if no broker answered.
 * @throws {LedgerRefusedError}
 */
export function checkCertificates({
  address,
  security,
}: {
  readonly address: string;
  readonly security: Security;
}): void {
  if (security.ssl === false) {
    return;
  }
  try {
    createSecureContext(security.ssl);
  } catch (error) {
    throw new LedgerRefusedError(
      `${address}: the certificates and the client key cannot be used: ${errorMessage(error)}; they are PEM files, and the ` +
        'passphrase of a key comes from TRACTLEDGER_KAFKA_KEY_PASSPHRASE',
      address,
      { cause: error },
    );
  }
}

function readPassword(environment: NodeJS.ProcessEnv, refuse: (message: string) => never): string | undefined {
  const file = environment['TRACTLEDGER_KAFKA_PASSWORD_FILE'];
  if (file !== undefined) {
    return readText(file, 'the password', refuse).replace(/\r?\n$/, '');
  }
  return environment['TRACTLEDGER_KAFKA_PASSWORD'];
}

function readText(file: string, what: string, refuse: (message: string) => never): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return refuse(`${what} cannot be read: ${errorMessage(error)}`);
  }
}

function splitCredentials(
  credentials: string | undefined,
  refuse: (message: string) => never,
): readonly [string | undefined, string | undefined] {
  if (credentials === undefined) {
    return [undefined, undefined];
  }
  const [user = '', ...password] = credentials.split(':');
  try {
    return [decodeURIComponent(user), password.length === 0 ? undefined : decodeURIComponent(password.join(':'))];
  } catch {
    return refuse('user and password in a URL are percent-encoded');
  }
}
