/**
 * Secrets out of texts, before they are encoded: the ledger forgets nothing, so what must not be known must not come in.
 * The patterns are those of common credentials; they err towards taking out too much.
 */

const replacement = '[redacted]';

/** Where a key says that its value is secret, for example in DB_PASSWORD, --api-key and "private_key". */
const secretWord = 'passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential';

// Every repetition either begins at a mark that is rare or is bounded, so that no text takes more than time in proportion
// to its length: what is redacted comes from outside.
const patterns: readonly [RegExp, string][] = [
  // A password within a URL: scheme://user:password@host
  [/(:\/\/[^\s:/@]{0,256}):[^\s/]{1,256}@/g, `$1:${replacement}@`],
  // key=value, key: value, "key": "value" and --key=value
  [
    new RegExp(
      String.raw`((?:${secretWord})[\w-]{0,64}["']?\s{0,8}[=:]\s{0,8})(?!(?:Bearer|Basic)\s)("[^"]*"?|'[^']*'?|[^\s"',;&]+)`,
      'gi',
    ),
    `$1${replacement}`,
  ],
  // --key value, as in a command line that a message repeats
  [
    new RegExp(String.raw`(--[\w-]{0,64}?(?:${secretWord})[\w-]{0,64}\s{1,8})(?!-)[^\s"',;&]+`, 'gi'),
    `$1${replacement}`,
  ],
  [/\b(Bearer|Basic)\s{1,8}[A-Za-z0-9+/._~-]{8,}=*/g, `$1 ${replacement}`],
  [/\bAKIA[0-9A-Z]{16}\b/g, replacement],
  [/\b(?:gh[opsu]|glpat|xox[abprs])[-_][A-Za-z0-9_-]{10,}/g, replacement],
  [/\bgithub_pat_\w{20,}/g, replacement],
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, replacement],
  [/-----BEGIN [A-Z ]{0,64}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,64}PRIVATE KEY-----|$)/g, replacement],
];

/** Longer arguments are no flags. */
const maxFlagLength = 128;
const secretFlag = new RegExp(`^--?[\\w-]*(?:${secretWord})[\\w-]*$`, 'i');

/** A text with what looks like a secret replaced. */
export function redactText(text: string): string {
  return patterns.reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}

/** A command line with secrets replaced, also those that follow their flag as an argument of their own. */
export function redactArguments(argv: readonly string[]): string[] {
  return argv.map((argument, index) => {
    const flag = argv[index - 1] ?? '';
    return flag.length <= maxFlagLength && secretFlag.test(flag) ? replacement : redactText(argument);
  });
}
