/** What can go wrong with an import, told so that a person knows what is stored and what to do next. */

/** What all import errors share, so that a command can tell them from faults of the program. */
export abstract class ImportError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A place in an imported file. */
export interface Place {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** The options given do not suffice or contradict each other; nothing is stored. */
export class ImportOptionsError extends ImportError {}

/** A file to import cannot be read, or is not there; nothing is stored. */
export class ImportFileError extends ImportError {
  constructor(
    readonly file: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${problem}`, options);
  }
}

/** A file is not what it should be: where, what was expected there, what was found. */
export class ImportFormatError extends ImportError {
  constructor(
    readonly place: Place,
    readonly expected: string,
    readonly found: string,
    /** What became of the import, once that is known. */
    readonly outcome: string | null = null,
  ) {
    super(
      `${place.file}:${String(place.line)}: expected ${expected}, found ${excerpt(found)}` +
        (outcome === null ? '' : `; ${outcome}`),
    );
  }

  /** The same error, saying what became of the import. */
  withOutcome(outcome: string): ImportFormatError {
    return new ImportFormatError(this.place, this.expected, this.found, outcome);
  }
}

/** What is stored of this input already differs from what the file now says; nothing more is stored. */
export class ImportConflictError extends ImportError {
  constructor(
    readonly file: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The import stopped part of the way: what was stored stays, and the same import again completes it. */
export class ImportInterruptedError extends ImportError {
  /**
   * @param stored how many events this import stored before it stopped
   * @param duplicates how many it found stored already
   */
  constructor(
    readonly file: string,
    readonly stored: number,
    readonly duplicates: number,
    cause: unknown,
  ) {
    super(
      `the import of ${file} stopped; events stored until then: ${String(stored)} ` +
        `(${String(duplicates)} had been stored before): ${cause instanceof Error ? cause.message : String(cause)}; ` +
        `the same import again goes on from there`,
      { cause },
    );
  }
}

/** A line as a message shows it: quoted, and short. */
function excerpt(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}
