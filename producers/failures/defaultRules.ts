/**
 * What tractledger knows of failures without being told.
 *
 * Permanent only where the job itself says that trying again is in vain: everything else found here may pass, and tries
 * are bounded. What the job says of itself comes first; then the texts that name a site's trouble, for they tell more
 * than the exit code or signal that follows from it.
 */
import type { FailureCondition, FailureRule, Permanence } from './failureRules';

function rule(
  failureClass: string,
  permanence: Permanence,
  anyOf: readonly FailureCondition[],
  name = failureClass,
): FailureRule {
  return { name: `default/${name}`, failureClass, permanence, toleratedRate: null, anyOf };
}

/**
 * pipetask ends with the EXIT_CODE of the exception that ended the quantum (lsst.pipe.base, python/lsst/pipe/base/
 * _status.py; exited with by lsst.ctrl.mpexec's single_quantum_executor): RepeatableQuantumError is 20, "a repeatable
 * problem that will not be addressed by retries"; InvalidQuantumError is 21, a bug or wrong configuration.
 */
const saidByTheJob: readonly FailureRule[] = [
  rule('repeatableQuantumError', 'permanent', [{ exitCodes: [20] }]),
  rule('invalidQuantumError', 'permanent', [{ exitCodes: [21] }]),
];

const saidByTheBatchSystem: readonly FailureRule[] = [
  rule('outOfMemory', 'transient', [{ lostCauses: ['outOfMemory'] }], 'lostOutOfMemory'),
  rule('timeLimit', 'transient', [{ lostCauses: ['timeLimit'] }], 'lostTimeLimit'),
  rule('evicted', 'infrastructure', [{ lostCauses: ['evicted'] }]),
  rule('preempted', 'infrastructure', [{ lostCauses: ['preempted'] }]),
  rule('nodeFailure', 'infrastructure', [{ lostCauses: ['nodeFailure'] }]),
  rule('unheardOf', 'infrastructure', [{ lostCauses: ['unheardOf'] }]),
];

/** The words are those of strerror(3) and of the errno names that Python, Java and Node print beside them. */
const storageTexts: readonly FailureRule[] = [
  rule('noSpace', 'infrastructure', [
    { text: /No space left on device|Disk quota exceeded|\bENOSPC\b|\bEDQUOT\b|too little space left on local disk/ },
  ]),
  rule('staleFileHandle', 'infrastructure', [{ text: /Stale (?:NFS )?file handle|\bESTALE\b/i }]),
  rule('fileSystemGone', 'infrastructure', [
    { text: /Transport endpoint is not connected|\bENOTCONN\b|Read-only file system|\bEROFS\b/ },
    { text: /Cannot send after transport endpoint shutdown|Host is down|\bEHOSTDOWN\b/ },
  ]),
  rule('ioError', 'infrastructure', [{ text: /Input\/output error|Remote I\/O error|\bEIO\b|\bEREMOTEIO\b/ }]),
];

const memoryTexts: readonly FailureRule[] = [
  rule('outOfMemory', 'transient', [
    {
      text: /\bMemoryError\b|std::bad_alloc|Cannot allocate memory|\bENOMEM\b|Unable to allocate .{1,40} for an array/,
    },
    { text: /\boom-kill|Out of memory: Kill|JavaScript heap out of memory|java\.lang\.OutOfMemoryError/ },
  ]),
];

const networkTexts: readonly FailureRule[] = [
  rule('network', 'infrastructure', [
    { text: /Connection (?:reset|refused|timed out|aborted)|\bECONN(?:RESET|REFUSED|ABORTED)\b|\bETIMEDOUT\b/i },
    { text: /Network is unreachable|No route to host|\bENETUNREACH\b|\bEHOSTUNREACH\b|\bEAI_AGAIN\b/ },
    { text: /Temporary failure in name resolution|Name or service not known|Could not resolve host/i },
    { text: /\b(?:502 Bad Gateway|503 Service Unavailable|504 Gateway Time-?out|429 Too Many Requests)\b/i },
  ]),
  rule('database', 'infrastructure', [
    { text: /server closed the connection unexpectedly|could not connect to server|terminating connection due to/ },
    { text: /database is locked|too many (?:clients already|connections)|remaining connection slots are reserved/i },
  ]),
  rule('nodeExhausted', 'infrastructure', [
    { text: /Too many open files|\bEMFILE\b|\bENFILE\b|Resource temporarily unavailable|\bEAGAIN\b/ },
  ]),
];

const endings: readonly FailureRule[] = [
  // Memory mapped from a file that has gone: the usual way a vanished file system shows in a running program.
  rule('busError', 'infrastructure', [{ signals: ['SIGBUS'] }]),
  // timeout(1) ends with 124.
  rule('timeLimit', 'transient', [{ signals: ['SIGXCPU'] }, { exitCodes: [124] }]),
  // Most often the kernel's or the batch system's answer to too much memory, which nobody has said here.
  rule('killed', 'transient', [{ signals: ['SIGKILL'] }]),
  rule('fileSizeLimit', 'transient', [{ signals: ['SIGXFSZ'] }]),
  rule('terminated', 'infrastructure', [{ signals: ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] }]),
  rule('interrupted', 'transient', [{ signals: ['SIGINT', 'SIGQUIT'] }]),
  // A program built for another processor than this node's.
  rule('illegalInstruction', 'infrastructure', [{ signals: ['SIGILL'] }]),
  rule('crashed', 'transient', [{ signals: ['SIGSEGV', 'SIGABRT', 'SIGFPE', 'SIGSYS', 'SIGTRAP'] }]),
  rule('brokenPipe', 'transient', [{ signals: ['SIGPIPE'] }]),
  // As env and the shells say it. On a cluster that is a software mount missing on one node more often than a wrong
  // name, and a wrong name shows at once, in every job.
  rule('commandNotFound', 'infrastructure', [{ exitCodes: [127] }]),
  rule('commandNotExecutable', 'infrastructure', [{ exitCodes: [126] }]),
  // Only of a job that said 0, which the sidecar makes 65: one that failed has missing outputs for that reason.
  rule('outputMissing', 'transient', [{ outputsMissing: true, exitCodes: [0, 65] }]),
];

/** The rules that follow an operator's own. */
export const defaultRules: readonly FailureRule[] = [
  ...saidByTheJob,
  ...saidByTheBatchSystem,
  ...storageTexts,
  ...memoryTexts,
  ...networkTexts,
  ...endings,
];
