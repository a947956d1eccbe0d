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

const expect = 'Say what should happen:';
const record = 'Record what happens:';
const state = 'State an operator’s facts:';
const read = 'See what happened:';
const keep = 'Look after the views:';
const inspect = 'Look after the ledger:';

/** Every command, in the order of the help text. To add one: write commands/NAME.ts and name it here. */
export const commandList: readonly CommandEntry[] = [
  { group: expect, name: 'pipeline', summary: 'check, show and compare pipeline definitions' },
  { group: expect, name: 'plan', summary: 'store what a definition says should happen, as events' },
  { group: expect, name: 'restart', summary: 'tell what is left to do of a unit, why, and run it' },
  { group: record, name: 'run', summary: 'run units of a pipeline on this machine' },
  { group: record, name: 'simulate', summary: 'a whole campaign as events, without running anything' },
  { group: record, name: 'exec', summary: 'run one job and record it', ownArguments: true },
  { group: record, name: 'emit', summary: 'store events that come as JSON lines' },
  { group: record, name: 'import', summary: 'turn another system’s records into events' },
  { group: read, name: 'status', summary: 'how far a campaign is: jobs of each task by state' },
  { group: read, name: 'jobs', summary: 'jobs with the executions they had' },
  { group: read, name: 'report', summary: 'files, wall-clock and CPU, executables (Tables 1-3)' },
  { group: read, name: 'failures', summary: 'why jobs fail and what it costs' },
  { group: read, name: 'verify', summary: 'the checks of DRP-00-05 as one report' },
  { group: read, name: 'lineage', summary: 'ancestors and descendants of a file' },
  { group: read, name: 'events', summary: 'the events themselves' },
  { group: read, name: 'compare', summary: 'the ledger against a file system, both ways' },
  { group: state, name: 'note', summary: 'record a remark' },
  { group: state, name: 'veto', summary: 'keep data from being processed, or lift such a veto' },
  { group: state, name: 'expect', summary: 'state how many files are expected, beside the plan' },
  { group: state, name: 'hold', summary: 'keep jobs from being started, or release such a hold' },
  { group: state, name: 'drain', summary: 'keep jobs from being started on one host' },
  { group: state, name: 'withdraw', summary: 'say that outputs are not to be used any more' },
  { group: keep, name: 'project', summary: 'bring the views up to date, once or all the time' },
  { group: keep, name: 'rebuild', summary: 'make the views anew from the ledger, or check them' },
  { group: keep, name: 'digest', summary: 'a digest a view, to compare two machines' },
  { group: inspect, name: 'relay', summary: 'copy one ledger into another, or drain an outbox' },
  { group: inspect, name: 'doctor', summary: 'what is installed, does the ledger answer, how far behind' },
];

// Not `import`: a command must cost nothing unless it is asked for, and `exec` must start as fast as node itself.
const load = createRequire(__filename);

/** The module of a command in the list. */
export function loadCommand(entry: CommandEntry): CommandModule {
  return load(`./commands/${entry.name}`) as CommandModule;
}
