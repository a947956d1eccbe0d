/** Whether a file that was made again is the same as the one before. */
import type { DefinitionChanges } from './definitionChanges';
import type { PastExecution, Version } from './history';
import type { UnitHistory } from './unitHistory';
import type { WantedFile } from './wanted';

/** Compares file versions by what was told of them, and where that differs by what they were made from. */
export class Sameness {
  private readonly known = new Map<string, boolean>();

  /** @param spreadRemakes whether a file remade from the same counts as another where its content is another */
  constructor(
    private readonly history: UnitHistory,
    private readonly definitions: DefinitionChanges,
    private readonly spreadRemakes: boolean,
  ) {}

  /** Whether one version may stand for the other. */
  isSame(file: WantedFile, before: Version, now: Version): boolean {
    if (before.execution === now.execution || file.type.sameness === 'ignore' || isSameContent(file, before, now)) {
      return true;
    }
    return !this.spreadRemakes && this.isRemake(before.maker, now.maker);
  }

  /** Whether an execution of a job did again what another had done: same definition, environment and inputs. */
  private isRemake(before: PastExecution, now: PastExecution): boolean {
    const key = `${before.execution} ${now.execution}`;
    let answer = this.known.get(key);
    if (answer === undefined) {
      this.known.set(key, false); // what was made from itself is no remake
      answer = before.job === now.job && this.isSameFrame(before, now) && this.isSameInput(before, now);
      this.known.set(key, answer);
    }
    return answer;
  }

  private isSameFrame(before: PastExecution, now: PastExecution): boolean {
    const task = this.history.taskOf(before.job);
    const environments = [before, now].map(({ execution }) => this.history.records.environmentOf(execution));
    const [old, present] = environments;
    return (
      (old === null || present === null || old === present) &&
      (task === null || this.definitions.between(before.attempt, now.attempt, task).length === 0)
    );
  }

  private isSameInput(before: PastExecution, now: PastExecution): boolean {
    const old = this.history.readBy(before);
    const present = this.history.readBy(now);
    if (old.length === 0 || old.length !== present.length) {
      return false;
    }
    const byFile = new Map(old.map((read) => [read.wanted ?? read.path, read.version]));
    return present.every(({ wanted, path, version }) => {
      const earlier = byFile.get(wanted ?? path);
      if (earlier === undefined) {
        return false;
      }
      return earlier === null || version === null
        ? earlier === version
        : wanted === null
          ? earlier.execution === version.execution
          : this.isSame(wanted, earlier, version);
    });
  }
}

function isSameContent({ type: { sameness } }: WantedFile, before: Version, now: Version): boolean {
  if (sameness === 'contentDigest' && before.contentDigest !== null && now.contentDigest !== null) {
    return before.contentDigest === now.contentDigest;
  }
  return before.md5 !== null && before.md5 === now.md5;
}
