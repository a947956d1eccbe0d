import path from 'node:path';
import { temporaryFolder } from '../support/temporaryFolder';
import { ledgerContract } from './ledgerContract';

ledgerContract('sqlite', () => {
  const { folder, remove } = temporaryFolder();
  return Promise.resolve({
    url: `sqlite:${path.join(folder, 'ledger.db')}`,
    remove: () => {
      remove();
      return Promise.resolve();
    },
  });
});
