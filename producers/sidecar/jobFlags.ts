/**
 * The flags of `exec`. A path or pattern is one whole argument and nothing in it is parsed, so commas, colons and equals
 * signs need no escaping; what describes it further (its dataset type, whether it may be absent) follows in flags of its
 * own.
 */
import { parseArgs } from 'node:util';
import { JobDescriptionError, messageOf } from './errors';
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
  'set-aside': (draft) => (draft.settings.setAside = true),
  'no-set-aside': (draft) => (draft.settings.setAside = false),
  'tee-stderr': (draft) => (draft.settings.teeStderr = true),
  sha256: (draft) => (draft.settings.sha256 = true),
  'no-drain': (draft) => (draft.settings.drain = false),
};

interface FlagKind {
  readonly type: 'string' | 'boolean';
  readonly multiple: true;
}

const options: Record<string, FlagKind> = {};
for (const name of Object.keys(withValue)) {
  options[name] = { type: 'string', multiple: true };
}
for (const name of [...Object.keys(withoutValue), 'help', 'debug']) {
  options[name] = { type: 'boolean', multiple: true };
}

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
  for (const token of tokensOf(flags)) {
    if (token.kind === 'positional') {
      throw new JobDescriptionError(token.value, 'is no flag; put -- before the command that is to run');
    }
    if (token.kind === 'option') {
      help ||= token.name === 'help';
      const where = `--${token.name}`;
      withoutValue[token.name]?.(draft, where);
      withValue[token.name]?.(draft, token.value ?? '', where);
    }
  }
  return { settings: settingsOf(draft, end === -1 ? [] : argv.slice(end + 1)), jobFile: draft.jobFile, help };
}

/** What parseArgs calls a token, as far as it is used here. */
type Token =
  | { readonly kind: 'option'; readonly name: string; readonly value: string | undefined }
  | { readonly kind: 'positional'; readonly value: string }
  | { readonly kind: 'option-terminator' };

function tokensOf(flags: readonly string[]): readonly Token[] {
  try {
    return parseArgs({ args: [...flags], options, allowPositionals: true, tokens: true }).tokens;
  } catch (error) {
    throw new JobDescriptionError('exec', messageOf(error).split('. To specify')[0] ?? '', { cause: error });
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
