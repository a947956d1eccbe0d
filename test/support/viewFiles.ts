/** Files of views for one test file: a new one for each test, closed behind it. */
import path from 'node:path';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { allProjections } from '../../projections';
import { temporaryFolder } from './temporaryFolder';

/** See the file's head. Registers what must be done before and after each test. */
export class ViewFiles {
  /** Where this test's views lie; a test may name another place. */
  file = '';
  readonly folder: string;
  private readonly opened = new Set<StateStore>();
  private count = 0;

  constructor() {
    const { folder, remove } = temporaryFolder();
    this.folder = folder;
    beforeEach(() => {
      this.file = path.join(folder, String((this.count += 1)), 'views.db');
    });
    afterEach(() => {
      this.opened.forEach((store) => {
        this.close(store);
      });
    });
    afterAll(remove);
  }

  openForWriting(): StateStore {
    return this.remember(StateStore.openForWriting(this.file));
  }

  openForReading(): StateStore {
    return this.remember(StateStore.openForReading(this.file));
  }

  /** Closes a store before the test is over. */
  close(store: StateStore): void {
    this.opened.delete(store);
    store.close();
  }

  private remember(store: StateStore): StateStore {
    this.opened.add(store);
    return store;
  }
}

/** Each view's digest. */
export function digestsOf(store: StateStore): Record<string, string> {
  return Object.fromEntries(allProjections.map((projection) => [projection.name, store.digest(projection)]));
}
