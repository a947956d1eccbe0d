/** The version of this package, from its own package.json. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The version of this package. */
export function packageVersion(): string {
  // From dist/cli when installed, from cli/ in a checkout.
  const candidates = ['../../package.json', '../package.json'].map((relative) => path.join(__dirname, relative));
  for (const file of candidates) {
    const version = versionIn(file);
    if (version !== null) {
      return version;
    }
  }
  return 'unknown';
}

function versionIn(file: string): string | null {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
    return name === 'tractledger' && typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
