import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transformFileSync } from '@swc/core';

const root = path.resolve(__dirname, '../..');

/** A copy of some of the project's folders as JavaScript, for tests that need the code in a process of its own. */
export interface TranspiledCopy {
  /** The copy's root: `require(path.join(root, 'producers/sidecar/childProcess'))` in the other process. */
  readonly root: string;
  /** Environment entries with which the copy finds the project's packages. */
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/** Transpiles the TypeScript files that lie directly in the given folders, without a build. */
export function transpiledCopy(folders: readonly string[]): TranspiledCopy {
  const copy = mkdtempSync(path.join(tmpdir(), 'tractledger-js-'));
  for (const folder of folders) {
    mkdirSync(path.join(copy, folder), { recursive: true });
    for (const file of readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.ts'))) {
      const { code } = transformFileSync(path.join(root, folder, file), {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      });
      writeFileSync(path.join(copy, folder, file.replace(/\.ts$/, '.js')), code);
    }
  }
  return {
    root: copy,
    env: { NODE_PATH: path.join(root, 'node_modules') },
    remove: () => {
      rmSync(copy, { recursive: true, force: true });
    },
  };
}
