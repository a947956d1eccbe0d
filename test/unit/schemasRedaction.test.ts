/** Secrets stay out of the ledger; everything else goes in as it is. */
import { redactArguments, redactText } from '../../schemas';

// Put together here so that no scanner of sources takes the examples for the real thing.
const token = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJ0cmFjdCJ9', 'c2lnbmF0dXJl'].join('.');
const githubToken = `ghp_${'a1B2'.repeat(9)}`;
const cloudKey = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');

describe('a text', () => {
  it.each([
    ['postgresql://butler:hunter2@db.example.org/repo', 'postgresql://butler:[redacted]@db.example.org/repo'],
    ['redis://:hunter2@cache:6379', 'redis://:[redacted]@cache:6379'],
    ['https://u:p@ss@host/x', 'https://u:[redacted]@host/x'],
    ['password=hunter2 visit=1228', 'password=[redacted] visit=1228'],
    ['DB_PASSWORD: hunter2', 'DB_PASSWORD: [redacted]'],
    ['{"api_key": "correct horse battery", "visit": 1228}', '{"api_key": [redacted], "visit": 1228}'],
    ["secret='with spaces' visit=1228", 'secret=[redacted] visit=1228'],
    ['mysql --host db --password hunter2 --batch', 'mysql --host db --password [redacted] --batch'],
    ['curl --oauth-token=abc https://x', 'curl --oauth-token=[redacted] https://x'],
    ['Authorization: Bearer abcdefgh12345678', 'Authorization: Bearer [redacted]'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [redacted]'],
    [`token: Bearer ${token}`, 'token: Bearer [redacted]'],
    [`sent ${token} to it`, 'sent [redacted] to it'],
    [`remote: ${githubToken}, ${cloudKey}`, 'remote: [redacted], [redacted]'],
    ['key:\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nnext', 'key:\n[redacted]\nnext'],
    ['cut off: -----BEGIN PRIVATE KEY-----\nMIIE', 'cut off: [redacted]'],
  ])('%j becomes %j', (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
    expect(redactText(redacted)).toBe(redacted);
  });

  it.each([
    'processCcd.py /datasets/hsc/repo --id visit=1228 ccd=49 --config isr.doWrite=False',
    "FATAL: Failed on dataId={'visit': 1228, 'ccd': 9}: RuntimeError: 0 good sources, \"σ\" undefined",
    'file:///scratch/RC1/01318/HSC-I/corr/CORR-0001228-049.fits',
    'root://ccxroot.in2p3.fr//ref_cats/gaia%20DR2/189584.fits',
    'ssh worker@verify-worker07:/scratch',
    'git clone git@github.com:lsst/pipe_tasks.git',
    'bash: line 3: syntax error near unexpected token `newline',
    'the secretary tokenized 3 passwords',
    'Basic block 7 of Bearer plan B',
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '',
  ])('%j stays as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('loses too much rather than too little where a name only sounds secret', () => {
    expect(redactText('--token-bucket=gold')).toBe('--token-bucket=[redacted]');
  });

  it.each([
    'a-'.repeat(130_000),
    'token'.repeat(50_000),
    'password '.repeat(30_000),
    'eyJ-'.repeat(65_000),
    '://a:'.repeat(50_000),
    `://${'a:'.repeat(130_000)}`,
    '-'.repeat(260_000),
    '--token '.repeat(32_000),
    `token${' '.repeat(260_000)}`,
    'token="'.repeat(37_000),
    '-----BEGIN '.repeat(23_000),
    '-----BEGIN PRIVATE KEY-----'.repeat(9_000),
    'Bearer '.repeat(37_000),
  ])('of 260,000 characters made to be slow is done in bounded steps (%#)', (text) => {
    expect(redactText(text).length).toBeLessThanOrEqual(2 * text.length);
    expect(redactArguments([`--${text}!`, text])).toHaveLength(2);
  });
});

describe('a command line', () => {
  it.each([
    [
      ['mysql', '--password', 'hunter2', '-h', 'db'],
      ['mysql', '--password', '[redacted]', '-h', 'db'],
    ],
    [
      ['put', '--api-key', '-starts-with-a-dash', 'file'],
      ['put', '--api-key', '[redacted]', 'file'],
    ],
    [
      ['env', 'AWS_SECRET_ACCESS_KEY=abc/def+g', 'true'],
      ['env', 'AWS_SECRET_ACCESS_KEY=[redacted]', 'true'],
    ],
    [
      ['--db-password=hunter2', '--id', 'visit=1228,ccd=49'],
      ['--db-password=[redacted]', '--id', 'visit=1228,ccd=49'],
    ],
    [['--token'], ['--token']],
    [[], []],
  ])('%j becomes %j', (argv, redacted) => {
    expect(redactArguments(argv)).toEqual(redacted);
  });
});
