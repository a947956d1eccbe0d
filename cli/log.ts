/** Logging: JSON lines for services, readable lines for people, always to standard error and never with a password. */
import pino, { type Logger } from 'pino';
import pinoPretty from 'pino-pretty';
import { redactText } from '../schemas/redaction';

/** Who reads the log. */
export interface LogOptions {
  /** trace, debug, info, warn, error or silent. */
  readonly level: string;
  /** Whether the process runs unattended: then its lines are JSON unless standard error is a terminal. */
  readonly service: boolean;
}

const standardError = 2;

/** A logger for one command. */
export function createLog({ level, service }: LogOptions): Logger {
  const terminal = process.stderr.isTTY;
  const destination =
    service && !terminal
      ? pino.destination({ dest: standardError, sync: true })
      : pinoPretty({
          destination: standardError,
          sync: true,
          colorize: terminal,
          ignore: service ? 'pid,hostname' : 'pid,hostname,time',
          translateTime: 'SYS:HH:MM:ss',
        });
  return pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => redactFields(fields) },
      hooks: {
        logMethod(args, method) {
          const redacted = args.map((value: unknown) => (typeof value === 'string' ? redactText(value) : value));
          method.apply(this, redacted as Parameters<typeof method>);
        },
      },
    },
    destination,
  );
}

function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redactText(value) : value]),
  );
}
