/** Signals by name and number, passed on to the child, and raised again by the sidecar itself. */
import { constants } from 'node:os';
import { posix } from './posix';
import { isInTerminalForeground } from './procfs';

/**
 * What the sidecar passes on: what people and batch systems send to end, warn or query a job. Not SIGTSTP, SIGCONT and
 * SIGWINCH (the terminal sends them to the whole process group), and not SIGKILL and SIGSTOP (nobody can).
 */
export const FORWARDED_SIGNALS = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGXCPU',
] as const satisfies readonly NodeJS.Signals[];

/** The signals a key press sends to the terminal's whole foreground process group. */
const KEYBOARD_SIGNALS: readonly string[] = ['SIGINT', 'SIGQUIT'];

/** One signal that reached the sidecar. */
export interface ReceivedSignal {
  signal: string;
  /** forwarded: we sent it on; byTerminal: the child has it from the terminal already; noChild: none was running. */
  outcome: 'forwarded' | 'byTerminal' | 'noChild';
}

/** Where signals go: a RunningChild. `kill` answers whether it could be sent. */
export interface SignalTarget {
  kill(signal: string): boolean;
}

/** The sidecar's signal handlers, from {@link forwardSignals}. */
export interface SignalForwarding {
  /** Signals go to this child from now on; null when there is none (before the first try, between two). */
  setChild(child: SignalTarget | null): void;
  /** Removes the handlers: signals have their default action again. */
  stop(): void;
}

/**
 * Catches the signals of {@link FORWARDED_SIGNALS} and sends each on to the child. Call it before the child is started,
 * so that none is lost in between, and hand it the child with `setChild` in the same turn of the event loop.
 *
 * Ctrl-C and Ctrl-\ reach the child without us: the terminal sends them to its whole foreground process group, which the
 * child shares. A second delivery would cut short a job's own cleaning up, so they are not sent on while our process
 * group is in the foreground of a terminal. (Linux tells a handler who sent a signal; Node does not. The price: SIGINT
 * sent to the sidecar's process id alone, in the foreground of a terminal, stops with the sidecar.) A batch system that
 * signals every process of a job delivers the others twice; that cannot be seen from here.
 *
 * SIGUSR1 starts Node's debugger unless a handler is there; ours takes its place.
 *
 * @param onSignal told of every signal, after it was sent on
 */
export function forwardSignals(onSignal: (received: ReceivedSignal) => void): SignalForwarding {
  let child: SignalTarget | null = null;
  const handle = (signal: NodeJS.Signals): void => {
    onSignal({ signal, outcome: deliver(child, signal) });
  };
  for (const signal of FORWARDED_SIGNALS) process.on(signal, handle);
  return {
    setChild: (next) => {
      child = next;
    },
    stop: () => {
      for (const signal of FORWARDED_SIGNALS) process.removeListener(signal, handle);
    },
  };
}

function deliver(child: SignalTarget | null, signal: NodeJS.Signals): ReceivedSignal['outcome'] {
  if (child === null) return 'noChild';
  if (KEYBOARD_SIGNALS.includes(signal) && isInTerminalForeground()) return 'byTerminal';
  return child.kill(signal) ? 'forwarded' : 'noChild';
}

/**
 * Ends this process by the signal that ended the child, so that whoever started the sidecar sees the same. No core file
 * is written: the child's own, if any, is the one of interest.
 * @param name as {@link signalName} gives it
 */
export async function dieOfSignal(name: string): Promise<never> {
  const number = signalNumber(name);
  if (number !== null) {
    const library = posix();
    library.forbidCoreFile();
    library.restoreDefaultAction(number);
    process.kill(process.pid, number);
    // The signal may be delivered to another thread, a moment later.
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  // A blocked signal, or one that does not end a process: the number shells give it is the next best.
  process.exit(128 + (number ?? 0));
}

/** A signal's name, for example `SIGKILL`; a real-time signal's is made of its number, `SIG34`. */
export function signalName(number: number): string {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return entry?.[0] ?? `SIG${number}`;
}

/** The number of a signal named as by {@link signalName}, or null where there is none of that name. */
export function signalNumber(name: string): number | null {
  const known = (constants.signals as Readonly<Record<string, number>>)[name];
  if (known !== undefined) return known;
  const match = /^SIG([1-9]\d?)$/.exec(name);
  return match === null ? null : Number(match[1]);
}
