/** Writes job event logs for tests, as HTCondor words them. */

/** One record; the seconds count from midnight of 1 January 2025. */
function record(code: number, id: string, second: number, ...lines: string[]): string {
  const [cluster = '0', proc = '0'] = id.split('.');
  const pad = (value: string): string => (value === '-1' ? '-01' : value.padStart(3, '0'));
  const time = new Date(Date.UTC(2025, 0, 1, 0, 0, second)).toISOString().slice(0, 19).replace('T', ' ');
  return `${pad(String(code))} (${pad(cluster)}.${pad(proc)}.000) ${time} ${lines.join('\n')}\n...\n`;
}

function usage(seconds: number): string[] {
  const time = `0 00:00:${String(seconds).padStart(2, '0')}`;
  return ['Run Remote', 'Run Local', 'Total Remote', 'Total Local'].map(
    (label) => `\t\tUsr ${label.endsWith('Remote') ? time : '0 00:00:00'}, Sys 0 00:00:00  -  ${label} Usage`,
  );
}

function ending(result: number | 'killed'): string[] {
  return result === 'killed'
    ? ['\t(0) Abnormal termination (signal 9)', '\t(0) No core file']
    : [`\t(1) Normal termination (return value ${String(result)})`];
}

/** The records that tests are made of; `id` is cluster.proc. */
export const condor = {
  submitted: (id: string, second: number, node: string | null): string =>
    record(
      0,
      id,
      second,
      'Job submitted from host: <10.0.0.1:9618>',
      ...(node === null ? [] : [`    DAG Node: ${node}`]),
    ),
  executing: (id: string, second: number, host = 'worker1'): string =>
    record(1, id, second, `Job executing on host: <10.0.0.2:9618?alias=${host}>`, `\tSlotName: slot1@${host}`),
  executableError: (id: string, second: number): string => record(2, id, second, '(0) Job file not executable.'),
  evicted: (id: string, second: number, reason: string | null = null): string =>
    record(
      4,
      id,
      second,
      'Job was evicted.',
      '\t(0) CPU times',
      ...usage(7).slice(0, 2),
      ...(reason === null ? [] : [`\tReason: ${reason}`]),
    ),
  requeued: (id: string, second: number, result: number): string =>
    record(
      4,
      id,
      second,
      'Job was evicted.',
      '\t(0) Job terminated and was requeued',
      ...usage(3).slice(0, 2),
      ...ending(result),
    ),
  terminated: (id: string, second: number, result: number | 'killed', cpuSeconds = 5): string =>
    record(5, id, second, 'Job terminated.', ...ending(result), ...usage(cpuSeconds)),
  imageSize: (id: string, second: number, residentKb: number): string =>
    record(
      6,
      id,
      second,
      'Image size of job updated: 99999',
      `\t${String(residentKb)}  -  ResidentSetSize of job (KB)`,
    ),
  shadowException: (id: string, second: number): string =>
    record(7, id, second, 'Shadow exception!', '\tno space left'),
  aborted: (id: string, second: number): string => record(9, id, second, 'Job was aborted.', '\tvia condor_rm'),
  held: (id: string, second: number, code = 1): string =>
    record(12, id, second, 'Job was held.', '\tby somebody', `\tCode ${String(code)} Subcode 0`),
  released: (id: string, second: number): string => record(13, id, second, 'Job was released.', '\tgo on'),
  postScript: (id: string, second: number, node: string, result: number): string =>
    record(16, id, second, 'POST Script terminated.', ...ending(result), `    DAG Node: ${node}`),
  disconnected: (id: string, second: number): string =>
    record(
      22,
      id,
      second,
      'Job disconnected, attempting to reconnect',
      '    gone',
      '    Trying to reconnect to x <1.2.3.4>',
    ),
  reconnectFailed: (id: string, second: number): string =>
    record(
      24,
      id,
      second,
      'Job reconnection failed',
      '    lease expired',
      '    Can not reconnect to x, rescheduling job',
    ),
  preSkipped: (id: string, second: number, node: string): string =>
    record(34, id, second, 'PRE script return value is PRE_SKIP value', `    DAG Node: ${node}`),
  clusterSubmitted: (id: string, second: number, node: string): string =>
    record(35, id, second, 'Cluster submitted from host: <10.0.0.1:9618>', `    DAG Node: ${node}`),
  clusterRemoved: (id: string, second: number): string => record(36, id, second, 'Cluster removed'),
};
