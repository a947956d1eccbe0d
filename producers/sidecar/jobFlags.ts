/**
 * The flags of `exec`. A path or pattern is one whole argument and nothing in it is parsed, so commas, colons and equals
 * signs need no escaping; what describes it further (its dataset type, whether it may be absent) follows in flags of its
 * own.
 */
import { JobDescriptionError } from './errors';
import type { InputSetting, JobSettings, OutputSetting } from './jobSettings';
import * as values from './settingValues';

/** What the command line says. */
export interface ExecArguments {
  readonly settings: JobSettings;
  /** The JSON file that describes the job further, or null. */
  readonly jobFile: string | null;
  readonly help: boolean;
}

/** How a flag that takes a value changes the settings. */
type Apply = (draft: Draft, value: string, where: string) => void;

interface Draft {
  readonly settings: JobSettings;
  readonly dataIdTexts: string[];
  readonly inputs: InputSetting[];
  readonly outputs: OutputSetting[];
  /** What a following --dataset-type, --metadata, --optional or --allow-empty is about. */
  latest: 'input' | 'output' | null;
  jobFile: string | null;
}

const withValue: Readonly<Record<string, Apply>> = {
  job: (draft, value, where) => (draft.jobFile = values.text(where, value)),
  campaign: (draft, value, where) => (draft.settings.campaign = values.text(where, value)),
  unit: (draft, value, where) => (draft.settings.unit = values.text(where, value)),
  attempt: (draft, value, where) => (draft.settings.attempt = values.integer(where, value, 1)),
  task: (draft, value, where) => (draft.settings.task = values.text(where, value)),
  'data-id': (draft, value) => draft.dataIdTexts.push(value),
  'job-name': (draft, value, where) => (draft.settings.jobName = values.text(where, value)),
  executable: (draft, value, where) => (draft.settings.executable = values.text(where, value)),
  root: (draft, value, where) => (draft.settings.root = values.text(where, value)),
  site: (draft, value, where) => (draft.settings.site = values.text(where, value)),
  log: (draft, value, where) => (draft.settings.logPath = values.text(where, value)),
  allocation: (draft, value, where) => (draft.settings.allocation = values.text(where, value)),
  'batch-job': (draft, value, where) => (draft.settings.batchJob = values.batchJob(where, value)),
  'environment-digest': (draft, value, where) => (draft.settings.environmentDigest = values.sha256Text(where, value)),
  try: (draft, value, where) => (draft.settings.firstTry = values.integer(where, value, 1)),
  input: (draft, value, where) => {
    draft.inputs.push({ path: values.text(where, value), datasetType: null });
    draft.latest = 'input';
  },
  'inputs-from': (draft, value, where) => (draft.settings.inputsFrom = values.text(where, value)),
  output: (draft, value, where) => {
    declareOutput(draft, values.text(where, value), false);
  },
  'output-glob': (draft, value, where) => {
    declareOutput(draft, values.text(where, value), true);
  },
  'dataset-type': applyDatasetType,
  metadata: (draft, value, where) => {
    const output = latestOutput(draft, where);
    const [key, content] = values.metadataEntry(where, value);
    changeOutput(draft, { metadata: { ...output.metadata, [key]: content } });
  },
  rules: (draft, value, where) => (draft.settings.rules = values.text(where, value)),
  retries: (draft, value, where) => (draft.settings.retries = values.integer(where, value, 0, 1000)),
  backoff: (draft, value, where) => (draft.settings.backoffSeconds = values.seconds(where, value)),
  ledger: (draft, value, where) => (draft.settings.ledger = values.text(where, value)),
  outbox: (draft, value, where) => (draft.settings.outbox = values.text(where, value)),
  'drain-seconds': (draft, value, where) => (draft.settings.drainSeconds = values.seconds(where, value)),
};

const withoutValue: Readonly<Record<string, (draft: Draft, where: string) => void>> = {
  optional: (draft, where) => {
    latestOutput(draft, where);
    changeOutput(draft, { mayBeAbsent: true });
  },
  'allow-empty': (draft, where) => {
    latestOutput(draft, where);
    changeOutput(draft, { mayBeEmpty: true });
  },
  'partial-outputs-usable': (draft) => (draft.settings.partialOutputsUsable = true),
  'retry-infrastructure': (draft) => (draft.settings.retryInfrastructure = true),
  'set-aside': (draft) => (draft.settings.setAside = true),
  'no-set-aside': (draft) => (draft.settings.setAside = false),
  'tee-stderr': (draft) => (draft.settings.teeStderr = true),
  sha256: (draft) => (draft.settings.sha256 = true),
  'no-drain': (draft) => (draft.settings.drain = false),
};

/**
 * The settings that `exec`'s arguments hold.
 * @param argv what follows `exec`
 * @throws {JobDescriptionError} naming the flag that is wrong
 */
export function parseExecArguments(argv: readonly string[]): ExecArguments {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  const draft: Draft = { settings: {}, dataIdTexts: [], inputs: [], outputs: [], latest: null, jobFile: null };
  let help = false;
  for (const [name, value] of readFlags(flags)) {
    help ||= name === 'help';
    withoutValue[name]?.(draft, `--${name}`);
    withValue[name]?.(draft, value, `--${name}`);
  }
  return { settings: settingsOf(draft, end === -1 ? [] : argv.slice(end + 1)), jobFile: draft.jobFile, help };
}

/** Flags that say nothing of the job. */
const others = new Set(['help', 'debug']);

/**
 * `--name value`, `--name=value` or `--name`, one after the other. (util.parseArgs does as much, but loading it takes
 * longer than reading the flags.)
 */
function* readFlags(argv: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? '';
    if (!argument.startsWith('--')) {
      throw new JobDescriptionError(argument, 'is no flag; put -- before the command that is to run');
    }
    const equals = argument.indexOf('=');
    const name = argument.slice(2, equals === -1 ? undefined : equals);
    const inline = equals === -1 ? undefined : argument.slice(equals + 1);
    if (Object.hasOwn(withValue, name)) {
      const value = inline ?? argv[(at += 1)];
      if (value === undefined || (inline === undefined && value.startsWith('--'))) {
        throw new JobDescriptionError(
          `--${name}`,
          `needs a value behind it; one that begins with -- as --${name}=VALUE`,
        );
      }
      yield [name, value];
    } else if (Object.hasOwn(withoutValue, name) || others.has(name)) {
      if (inline !== undefined) {
        throw new JobDescriptionError(`--${name}`, 'takes no value');
      }
      yield [name, ''];
    } else {
      throw new JobDescriptionError(`--${name}`, 'is unknown here; see tractledger exec --help');
    }
  }
}

function settingsOf(draft: Draft, command: readonly string[]): JobSettings {
  const { settings, dataIdTexts, inputs, outputs } = draft;
  const untyped = outputs.find((output) => output.datasetType === '');
  if (untyped !== undefined) {
    throw new JobDescriptionError(
      untyped.isGlob ? '--output-glob' : '--output',
      `${values.shown(untyped.path)} needs a dataset type: let --dataset-type TYPE follow it`,
    );
  }
  return {
    ...settings,
    ...(dataIdTexts.length > 0 ? { dataId: values.dataId('--data-id', dataIdTexts) } : {}),
    ...(command.length > 0 ? { command } : {}),
    inputs,
    outputs,
  };
}

function declareOutput(draft: Draft, path: string, isGlob: boolean): void {
  const plain = { datasetType: '', dataId: null, metadata: {}, mayBeAbsent: false, mayBeEmpty: false };
  draft.outputs.push({ path, isGlob, ...plain });
  draft.latest = 'output';
}

function applyDatasetType(draft: Draft, value: string, where: string): void {
  const datasetType = values.text(where, value);
  const input = draft.inputs.at(-1);
  if (draft.latest === 'input' && input !== undefined) {
    draft.inputs[draft.inputs.length - 1] = { ...input, datasetType };
  } else {
    latestOutput(draft, where);
    changeOutput(draft, { datasetType });
  }
}

function latestOutput(draft: Draft, where: string): OutputSetting {
  const output = draft.outputs.at(-1);
  if (draft.latest !== 'output' || output === undefined) {
    throw new JobDescriptionError(where, 'describes the output before it; put it after its --output or --output-glob');
  }
  return output;
}

function changeOutput(draft: Draft, change: Partial<OutputSetting>): void {
  const output = draft.outputs.at(-1);
  if (output !== undefined) {
    draft.outputs[draft.outputs.length - 1] = { ...output, ...change };
  }
}
