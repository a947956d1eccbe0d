/**
 * Runs a TypeScript file of this repository in a process of its own, without a build:
 * `node test/support/runTypeScript.mjs SCRIPT.ts ARGUMENTS…`. See childScript.ts.
 */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import swc from '@swc/core';

const options = {
  module: { type: 'commonjs' },
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  sourceMaps: 'inline',
};

Module._extensions['.ts'] = (module, filename) => {
  module._compile(swc.transformSync(readFileSync(filename, 'utf8'), { ...options, filename }).code, filename);
};

const script = path.resolve(process.argv[2] ?? '');
process.argv.splice(1, 2, script);
createRequire(script)(script);
