/** The commands, each a file of its own under commands/ that is loaded only when it is asked for. */
import { createRequire } from 'node:module';
import type { CommandModule } from './command';

/** What is known of a command without loading it. */
export interface CommandEntry {
  readonly name: string;
  /** One line for `tractledger --help`. */
  readonly summary: string;
  /** The heading it stands under in `tractledger --help`. */
  readonly group: string;
  /** Whether it reads its arguments itself, without the common parser. */
  readonly ownArguments?: boolean;
}

const record = 'Record what happens:';
const state = 'State an operator’s facts:';
const inspect = 'Look after ledger and views:';

/** Every command, in the order of the help text. To add one: write commands/NAME.ts and name it here. */
export const commandList: readonly CommandEntry[] = [
  { group: record, name: 'exec', summary: 'run one job and record it: the sidecar', ownArguments: true },
  { group: record, name: 'emit', summary: 'store events that come as JSON lines' },
  { group: state, name: 'note', summary: 'record a remark' },
  { group: state, name: 'veto', summary: 'keep data from being processed, or lift such a veto' },
  { group: inspect, name: 'events', summary: 'show the events themselves' },
  { group: inspect, name: 'relay', summary: 'copy one ledger into another, or drain an outbox' },
  { group: inspect, name: 'doctor', summary: 'say what is installed, which ledger is used and whether it answers' },
];

// Not `import`: a command must cost nothing unless it is asked for, and `exec` must start as fast as node itself.
const load = createRequire(__filename);

/** The module of a command in the list. */
export function loadCommand(entry: CommandEntry): CommandModule {
  return load(`./commands/${entry.name}`) as CommandModule;
}
