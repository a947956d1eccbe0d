/** Bytes or text that are no event, with what is wrong and, where it can be told, in which field. */
export class EventDecodeError extends Error {
  override readonly name: string = 'EventDecodeError';
}

/** A well-formed message whose writer schema is not known here: it comes from a newer producer. */
export class UnknownSchemaError extends EventDecodeError {
  override readonly name = 'UnknownSchemaError';

  /** @param fingerprint the eight bytes of the message's schema fingerprint, hexadecimal */
  constructor(readonly fingerprint: string) {
    super(
      `no schema with fingerprint ${fingerprint} is known here; the event comes from a newer producer: ` +
        `update tractledger, or let it be quarantined`,
    );
  }
}

/** A value that no event can hold; `field` is the path to it, for example `metrics.wallMicros`. */
export class EventInvalidError extends Error {
  override readonly name = 'EventInvalidError';

  constructor(
    readonly field: string,
    problem: string,
  ) {
    super(`${field === '' ? 'event' : `field ${field}`}: ${problem}`);
  }
}
