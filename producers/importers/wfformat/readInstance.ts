/**
 * Reading WfFormat, versions 1.4 and 1.5.
 *
 * Source: github.com/wfcommons/WfFormat, tags v1.4 and v1.5 (wfcommons-schema.json, README.md); what 1.4 leaves open is
 * read as WfCommons' own wfcommons-migrate-instance.py does. Version 1.5 parts what is to be done (specification) from
 * what was done (execution); before, one list of tasks held both.
 */
import type { JsonNode } from '../jsonNode';
import type { TimeZone } from '../timeZone';
import type { WfInstance } from './instance';
import { readVersion14 } from './version14';
import { readVersion15 } from './version15';

/** How times are read. */
export interface TimeReading {
  /** Where times without a zone were written. */
  readonly zone: TimeZone;
  /** When the run began, in place of what the instance says; microseconds since 1970 UTC. */
  readonly startedAtMicros: number | null;
}

/** @throws {ImportFormatError} naming line and JSON path of what is not what it should be */
export function readInstance(root: JsonNode, times: TimeReading): WfInstance {
  const version = root.member('schemaVersion');
  switch (version.text()) {
    case '1.5':
      return readVersion15(root.member('workflow'), times);
    case '1.4':
      return readVersion14(root.member('workflow'), times);
    default:
      return version.fail('WfFormat 1.4 or 1.5 (WfCommons has a tool that migrates older instances)');
  }
}
