/** What jobs run in, as far as this machine tells of itself and its user adds: the fact that a change of it is found by. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { EnvironmentDeclared, Patch } from '../../schemas';
import { redactText } from '../../schemas/redaction';

/** What is declared of an environment, without its digest. */
export type Environment = Pick<
  EnvironmentDeclared,
  'operatingSystem' | 'compiler' | 'packages' | 'patches' | 'container' | 'hardware'
>;

/** What somebody says of an environment; what is left out is as the machine tells. Packages add up. */
export type EnvironmentWords = Partial<Environment>;

/** A description of an environment that is none; the message says what was expected. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** What this machine and these variables tell, and what was said besides. */
export function seenEnvironment(variables: NodeJS.ProcessEnv, said: EnvironmentWords = {}): Environment {
  const cpus = os.cpus();
  return {
    operatingSystem: `${distribution() ?? os.type()}, ${os.type()} ${os.release()}`,
    compiler: null,
    patches: [],
    container: variables['APPTAINER_CONTAINER'] ?? variables['SINGULARITY_CONTAINER'] ?? null,
    hardware: `${cpus[0]?.model.trim() ?? os.machine()}, ${String(cpus.length)} processors`,
    ...said,
    packages: { ...packagesSetUp(variables), ...said.packages },
  };
}

/** SHA-256 of the fields in canonical form, JSON with its keys in order; hexadecimal. */
export function environmentDigest(environment: Environment): string {
  const { operatingSystem, compiler, packages, patches, container, hardware } = environment;
  const inOrder = Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = [operatingSystem, compiler, inOrder, patches.map(patchText).sort(), container, hardware];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

/**
 * What a JSON file says of an environment.
 * @throws {EnvironmentError} naming what is not understood, and what reading throws
 */
export function readEnvironmentFile(file: string): EnvironmentWords {
  const text = readFileSync(file, 'utf8');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new EnvironmentError(`${file}: this is no JSON: ${String(error)}`, { cause: error });
  }
  const known: Readonly<Record<keyof Environment, (value: unknown) => boolean>> = {
    operatingSystem: isText,
    compiler: isText,
    container: isText,
    hardware: isText,
    packages: (value) =>
      isObject(value) && Object.values(value).every((version) => version === null || isText(version)),
    patches: (value) => Array.isArray(value) && value.every(isPatch),
  };
  if (!isObject(content)) {
    throw new EnvironmentError(`${file}: expected a JSON object`);
  }
  for (const [name, value] of Object.entries(content)) {
    if (!Object.hasOwn(known, name)) {
      throw new EnvironmentError(`${file}: ${name}: no such field; known are ${Object.keys(known).join(', ')}`);
    }
    if (!known[name as keyof Environment](value)) {
      throw new EnvironmentError(`${file}: ${name}: ${JSON.stringify(value).slice(0, 80)} is not what it should be`);
    }
  }
  const words = content as EnvironmentWords;
  const patches = words.patches?.map(({ name, ticket }: Partial<Patch>) => ({
    name: name ?? '',
    ticket: ticket ?? null,
  }));
  return { ...words, ...(patches === undefined ? {} : { patches }) };
}

/** The environment as the event has it, secrets replaced. */
export function environmentFields(environment: Environment): Omit<EnvironmentDeclared, 'type' | 'header'> {
  const clean = (text: string | null): string | null => (text === null ? null : redactText(text));
  return {
    ...environment,
    digest: environmentDigest(environment),
    operatingSystem: clean(environment.operatingSystem),
    compiler: clean(environment.compiler),
    container: clean(environment.container),
    hardware: clean(environment.hardware),
  };
}

/** PRETTY_NAME of os-release(5). */
function distribution(): string | null {
  try {
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}

/**
 * The packages that EUPS has set up: `SETUP_AFW=afw 13.0+8 -f Linux64 -Z /opt/stack`. A version that begins with LOCAL:
 * is somebody's own working copy.
 */
function packagesSetUp(variables: NodeJS.ProcessEnv): Record<string, string> {
  const packages: Record<string, string> = {};
  for (const [name, value = ''] of Object.entries(variables)) {
    const [product, version] = name.startsWith('SETUP_') ? value.split(' ') : [];
    if (product !== undefined && version !== undefined && !version.startsWith('-')) {
      packages[product] = version;
    }
  }
  return packages;
}

function patchText({ name, ticket }: Patch): string {
  return JSON.stringify([name, ticket]);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPatch(value: unknown): boolean {
  return isObject(value) && isText(value['name']) && (value['ticket'] == null || isText(value['ticket']));
}
