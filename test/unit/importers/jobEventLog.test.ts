import { ImportFormatError } from '../../../producers/importers/errors';
import { eventCode, jobEventCodes } from '../../../producers/importers/htcondor/eventCodes';
import { parseJobEventLog, type LogEvent } from '../../../producers/importers/htcondor/parseJobEventLog';
import { linesOf } from '../../support/imports';

/** The events of a log that is given as its text. */
function parse(text: string): LogEvent[] {
  return [...parseJobEventLog(linesOf(text))];
}

const usage = (label: string, user = '0 00:00:00', system = '0 00:00:00'): string =>
  `\t\tUsr ${user}, Sys ${system}  -  ${label}`;

const usages = [
  usage('Run Remote Usage', '1 02:03:04', '0 00:00:05'),
  usage('Run Local Usage', '0 00:00:09'),
  usage('Total Remote Usage', '2 00:00:00', '0 00:01:00'),
  usage('Total Local Usage'),
].join('\n');

describe('the reader of HTCondor job event logs', () => {
  it('reads both styles of timestamps, with fractions and offsets', () => {
    const times = [
      '01/22 12:09:19',
      '2025-02-13 11:59:47',
      '2025-02-13 11:59:47.123',
      '2025-02-13T11:59:47Z',
      '2025-02-13 11:59:47.123456+05:30',
    ];
    const log = times.map((time) => `000 (12.003.000) ${time} Job submitted from host: <1.2.3.4:9618>\n...`).join('\n');
    expect(parse(log).map((event) => event.time)).toMatchObject([
      { year: null, month: 1, day: 22, microsOfDay: 43_759_000_000, utcOffsetMinutes: null },
      { year: 2025, month: 2, day: 13, microsOfDay: 43_187_000_000, utcOffsetMinutes: null },
      { year: 2025, microsOfDay: 43_187_123_000, utcOffsetMinutes: null },
      { year: 2025, microsOfDay: 43_187_000_000, utcOffsetMinutes: 0 },
      { year: 2025, microsOfDay: 43_187_123_456, utcOffsetMinutes: 330 },
    ]);
  });

  it('reads the DAG node of a submission, from a note or from the ClassAd that newer versions write', () => {
    const log = [
      '000 (1.000.000) 2025-01-01 00:00:00 Job submitted from host: <1.2.3.4:9618>',
      '    DAG Node: a node+with plus',
      '    some user note',
      '...',
      '000 (2.000.000) 2025-01-01 00:00:00 Job submitted from host: <1.2.3.4:9618>',
      '    [ DAGNodeName = "say \\"B\\""; Other = 1 ]',
      '...',
      '000 (3.000.000) 2025-01-01 00:00:00 Job submitted from host: <1.2.3.4:9618>',
      '...',
    ].join('\n');
    expect(parse(log)).toMatchObject([
      { kind: 'submitted', cluster: 1, dagNode: 'a node+with plus' },
      { kind: 'submitted', cluster: 2, dagNode: 'say "B"' },
      { kind: 'submitted', cluster: 3, dagNode: null },
    ]);
  });

  it.each([
    [
      '<10.0.0.33:9618?addrs=10.0.0.33-9618&alias=test02.example.org&noUDP>',
      '\tSlotName: slot1_1@other',
      'test02.example.org',
    ],
    ['<10.0.0.33:9618?addrs=x>', '\tSlotName: slot1_1@glidein_7@node9.example.org', 'node9.example.org'],
    ['<10.0.0.33:9618>', '\tCpus = 1', '10.0.0.33'],
    ['<[2601:248::1]:9618?x=1>', '', '[2601:248::1]'],
  ])('tells the host of %s', (address, line, host) => {
    const log = `001 (1.000.000) 2025-01-01 00:00:00 Job executing on host: ${address}\n${line}\n...`;
    expect(parse(log)).toMatchObject([{ kind: 'executing', host }]);
  });

  it('reads how a run ended, what it used, and the table of resources by its columns', () => {
    const log = [
      '005 (9.000.000) 2025-01-01 06:00:00 Job terminated.',
      '\t(1) Normal termination (return value 3)',
      usages,
      '\t6249  -  Run Bytes Sent By Job',
      '\tPartitionable Resources :    Usage  Request Allocated ',
      '\t   Cpus                 :                 1         1 ',
      '\t   Disk (KB)            :   103           2    471265 ',
      '\t   GPUs                 :                           0 ',
      '\t   Memory (MB)          :   356.50     2048      2048 ',
      '\t   TimeExecute (s)      :       12                    ',
      '',
      '\tJob terminated of its own accord at 2025-01-01T12:00:00Z with exit-code 3.',
      '...',
    ].join('\n');
    const [event] = parse(log);
    expect(event).toMatchObject({
      kind: 'terminated',
      termination: { exitCode: 3, signal: null },
      runRemoteUsage: { userCpuMicros: 93_784_000_000, systemCpuMicros: 5_000_000 },
      totalRemoteUsage: { userCpuMicros: 172_800_000_000, systemCpuMicros: 60_000_000 },
      ownAccordAt: { year: 2025, microsOfDay: 43_200_000_000, utcOffsetMinutes: 0 },
    });
    expect(event?.kind === 'terminated' ? [...event.resources] : []).toEqual([
      ['Cpus', { usage: null, request: 1, allocated: 1 }],
      ['Disk', { usage: 103, request: 2, allocated: 471265 }],
      ['GPUs', { usage: null, request: null, allocated: 0 }],
      ['Memory', { usage: 356.5, request: 2048, allocated: 2048 }],
      ['TimeExecute', { usage: 12, request: null, allocated: null }],
    ]);
  });

  it('names the signal that ended a run', () => {
    const log = [
      '005 (9.000.000) 01/01 06:00:00 Job terminated.',
      '\t(0) Abnormal termination (signal 9)',
      '\t(0) No core file',
      usages,
      '...',
    ].join('\n');
    expect(parse(log)).toMatchObject([{ termination: { exitCode: null, signal: 'SIGKILL' } }]);
  });

  it('reads evictions: with a checkpoint, with a reason and its code, and after an end that was put back into the queue', () => {
    const run = [usage('Run Remote Usage', '0 00:01:00'), usage('Run Local Usage'), '\t5  -  Run Bytes Sent By Job'];
    const log = [
      '004 (1.000.000) 2025-01-01 00:00:00 Job was evicted.',
      '\t(1) Job was checkpointed.',
      ...run,
      '...',
      '004 (2.000.000) 2025-01-01 00:00:00 Job was evicted. Code 1019 Subcode 0',
      '\t(0) CPU times',
      ...run,
      '\tReason: a better user came',
      '\tPartitionable Resources :    Usage  Request Allocated ',
      '\t   Memory (MB)          :       10     2048      2048 ',
      '...',
      '004 (3.000.000) 2025-01-01 00:00:00 Job was evicted.',
      '\t(0) Job terminated and was requeued',
      ...run,
      '\t(0) Abnormal termination (signal 15)',
      '\t(0) No core file',
      '\tThe OnExitRemove expression evaluated to FALSE',
      '...',
    ].join('\n');
    expect(parse(log)).toMatchObject([
      { kind: 'evicted', checkpointed: true, requeued: null, reason: null, reasonCode: null },
      { checkpointed: false, requeued: null, reason: 'a better user came', reasonCode: 1019 },
      { requeued: { exitCode: null, signal: 'SIGTERM' }, reason: 'The OnExitRemove expression evaluated to FALSE' },
    ]);
  });

  it('reads holds, releases, removals, shadow exceptions, lost contact, memory and POST scripts', () => {
    const log = [
      '012 (1.000.000) 01/01 00:00:00 Job was held.\n\tover the memory limit\n\tCode 34 Subcode 102\n...',
      '012 (1.000.000) 01/01 00:00:00 Job was held.\n\tReason unspecified\n\tCode 0 Subcode 0\n...',
      '013 (1.000.000) 01/01 00:00:00 Job was released.\n\tvia condor_release\n...',
      '009 (1.000.000) 01/01 00:00:00 Job was aborted.\n\tvia condor_rm\n...',
      '009 (1.000.000) 01/01 00:00:00 Job was aborted by the user.\n...',
      '007 (1.000.000) 01/01 00:00:00 Shadow exception!\n\tno space left\n\t0  -  Run Bytes Sent By Job\n...',
      '024 (1.000.000) 01/01 00:00:00 Job reconnection failed\n    lease expired\n    Can not reconnect to x\n...',
      '006 (1.000.000) 01/01 00:00:00 Image size of job updated: 99\n\t2  -  MemoryUsage of job (MB)\n\t1500  -  ResidentSetSize of job (KB)\n...',
      '016 (1.000.000) 01/01 00:00:00 POST Script terminated.\n\t(0) Abnormal termination (signal 9)\n    DAG Node: X\n...',
      '034 (1.000.000) 01/01 00:00:00 PRE script return value is PRE_SKIP value\n    DAG Node: Y\n...',
      '002 (1.000.000) 01/01 00:00:00 (1) Job not properly linked for Condor.\n...',
      '035 (1.000.000) 01/01 00:00:00 Cluster submitted from host: <1.2.3.4>\n    DAG Node: Z\n...',
      '036 (1.000.000) 01/01 00:00:00 Cluster removed\n...',
      '046 (1.000.000) 01/01 00:00:00 Dataflow job was skipped.\n\tOutputs are newer\n...',
    ].join('\n');
    expect(parse(log)).toMatchObject([
      { kind: 'held', reason: 'over the memory limit', reasonCode: 34, reasonSubcode: 102 },
      { kind: 'held', reason: null, reasonCode: 0 },
      { kind: 'released', reason: 'via condor_release' },
      { kind: 'aborted', reason: 'via condor_rm' },
      { kind: 'aborted', reason: null },
      { kind: 'shadowException', message: 'no space left' },
      { kind: 'reconnectFailed', reason: 'lease expired' },
      { kind: 'imageSize', residentSetBytes: 1_536_000, memoryBytes: 2_097_152 },
      { kind: 'postScript', termination: { signal: 'SIGKILL' }, dagNode: 'X' },
      { kind: 'preSkipped', dagNode: 'Y' },
      { kind: 'executableError', message: '(1) Job not properly linked for Condor.' },
      { kind: 'clusterSubmitted', dagNode: 'Z' },
      { kind: 'clusterRemoved' },
      { kind: 'dataflowSkipped', reason: 'Outputs are newer' },
    ]);
  });

  it('knows every event code of the format: each is read, or ignored for a reason', () => {
    expect(jobEventCodes).toBe(48);
    for (let code = 0; code < jobEventCodes; code += 1) {
      const known = eventCode(code);
      const text = String(code).padStart(3, '0');
      if (known?.ignoredBecause != null) {
        expect(known.ignoredBecause).not.toBe('');
        expect(parse(`${text} (1.0.0) 01/01 00:00:00 whatever\n\tfree text\n...`)).toMatchObject([{ kind: 'ignored' }]);
      } else {
        // A code that is read needs a body of its own; what it may not be is unknown.
        const kinds = (): string[] =>
          parse(`${text} (1.0.0) 01/01 00:00:00 x\n    DAG Node: X\n...`).map(({ kind }) => kind);
        let kind = 'refused';
        try {
          kind = kinds()[0] ?? 'none';
        } catch (error) {
          expect(error).toBeInstanceOf(ImportFormatError);
        }
        expect(kind).not.toMatch(/unknown|ignored|none/);
      }
    }
    expect([eventCode(48), eventCode(99), eventCode(200)]).toEqual([undefined, undefined, undefined]);
    expect(eventCode(104)?.ignoredBecause).not.toBeNull();
  });

  it('leaves an incomplete last record alone', () => {
    const whole = '013 (1.000.000) 01/01 00:00:00 Job was released.\n...';
    expect(parse(`${whole}\n005 (1.000.000) 01/01 00:00:00 Job terminated.\n\t(1) Nor`)).toHaveLength(1);
  });

  it.each([
    ['a line where a record should begin', 'hello\n', 1, 'first line'],
    ['a log in JSON', '{\n  "EventTypeNumber": 0\n}\n', 1, 'logs in JSON or XML are not read'],
    ['a date that is none', '013 (1.0.0) 2025-02-30 00:00:00 Job was released.\n...\n', 1, 'a timestamp'],
    [
      'a record that another begins in',
      '013 (1.0.0) 01/01 00:00:00 R\n\tx\n001 (1.0.0) 01/01 00:00:00 E\n...',
      3,
      'the end "..."',
    ],
    [
      'an end without its return value',
      '005 (1.0.0) 01/01 00:00:00 Job terminated.\n\tnonsense\n...',
      2,
      'Normal termination',
    ],
    [
      'an end without its usage',
      '005 (1.0.0) 01/01 00:00:00 Job terminated.\n\t(1) Normal termination (return value 0)\n...',
      1,
      'Run Remote Usage',
    ],
    [
      'an exit code over 32 bits',
      '016 (1.0.0) 01/01 00:00:00 P\n\t(1) Normal termination (return value 3000000000)\n...',
      2,
      'Normal termination',
    ],
    ['an execution without its host', '001 (1.0.0) 01/01 00:00:00 Job runs\n...', 1, 'Job executing on host'],
  ])('refuses %s, naming the line and what was expected', (_what, text, line, expected) => {
    const read = (): unknown => parse(text);
    expect(read).toThrow(ImportFormatError);
    expect(read).toThrow(
      new RegExp(`^a\\.log:${String(line)}: expected .*${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`),
    );
  });
});
