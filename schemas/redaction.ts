/**
 * Secrets out of texts, before they are encoded: the ledger forgets nothing, so what must not be known must not come in.
 * The patterns are those of common credentials; they err towards taking out too much.
 */

const replacement = '[redacted]';

const patterns: readonly [RegExp, string][] = [
  // A password within a URL: scheme://user:password@host
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${replacement}@`],
  // key=value, key: value and --key=value, where the key says that the value is secret
  [
    /\b([\w-]*(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w-]*"?\s*[=:]\s*"?)([^\s"',;&]+)/gi,
    `$1${replacement}`,
  ],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/._~-]{8,}=*/g, `$1 ${replacement}`],
  [/\bAKIA[0-9A-Z]{16}\b/g, replacement],
  [/\b(?:ghp|gho|ghs|ghu|glpat|xox[abprs])[-_][A-Za-z0-9_-]{10,}/g, replacement],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, replacement],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, replacement],
];

const secretFlag = /^--?[\w-]*(?:passw(?:or)?d|secret|token|api-?key|access-?key|private-?key|credential)[\w-]*$/i;

/** A text with what looks like a secret replaced. */
export function redactText(text: string): string {
  return patterns.reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}

/** A command line with secrets replaced, also those that follow their flag as an argument of their own. */
export function redactArguments(argv: readonly string[]): string[] {
  return argv.map((argument, index) => {
    const flag = argv[index - 1];
    return flag !== undefined && secretFlag.test(flag) ? replacement : redactText(argument);
  });
}
