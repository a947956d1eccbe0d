import { exitCodeOf } from '../../../cli/exitCodeOf';
import { UsageError } from '../../../cli/errors';
import { LedgerGapError, UnreadableEventError } from '../../../consumers/projector/errors';
import { QuestionError } from '../../../consumers/queries/errors';
import { StateStoreBusyError } from '../../../consumers/sqliteStore/errors';
import {
  HistoryPrunedError,
  LedgerDamagedError,
  LedgerFullError,
  LedgerRefusedError,
  LedgerUnreachableError,
  PositionError,
  SequenceConflictError,
} from '../../../ledger/errors';
import { ImportFileError, ImportInterruptedError } from '../../../producers/importers/errors';
import { DataIdError } from '../../../schemas/dataId';
import { EventDecodeError, UnknownSchemaError } from '../../../schemas/errors';

const producer = '00000000-0000-4000-8000-000000000001';
const damage = { position: 'p', producer, firstSequence: 1, lastSequence: 2, message: 'flipped' };

describe('exit codes', () => {
  it.each([
    [2, new UsageError('x')],
    [2, new DataIdError('x')],
    [2, new QuestionError('x')],
    [2, new PositionError('x', 'sqlite:a')],
    [2, new SequenceConflictError('sqlite:a', producer, 1)],
    [3, new LedgerUnreachableError('x', 'sqlite:a')],
    [3, new LedgerFullError('x', 'sqlite:a')],
    [3, new LedgerRefusedError('x', 'sqlite:a')],
    [3, new HistoryPrunedError('sqlite:a', new Map([[producer, 1]]))],
    [3, new StateStoreBusyError('x')],
    [3, new ImportFileError('x', 'is not there')],
    [3, Object.assign(new Error('x'), { code: 'ENOSPC' })],
    [3, Object.assign(new Error('x'), { code: 'ESTALE' })],
    [4, new LedgerDamagedError('sqlite:a', damage)],
    [4, new LedgerGapError(producer, 1, 3, 'p')],
    [4, new UnreadableEventError(producer, 1, 'p', new EventDecodeError('x'))],
    [4, new ImportInterruptedError('x', 1, 0, new LedgerDamagedError('sqlite:a', damage))],
    [70, new TypeError('x is not a function')],
    [70, 'not even an error'],
  ])('are %i for %s', (code, error) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('tell an event from a newer producer, which is no damage, from an event that cannot be read', () => {
    const newer = new UnknownSchemaError('0123456789abcdef');
    expect(exitCodeOf(newer)).toBe(2);
    expect(exitCodeOf(new UnreadableEventError(producer, 1, 'p', newer))).toBe(2);
    expect(exitCodeOf(new EventDecodeError('x'))).toBe(4);
  });
});
