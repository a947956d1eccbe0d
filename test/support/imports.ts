/** Looking at what importers give, without a ledger and through one. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ledger } from '../../ledger/port';
import { encodeDraft, type Draft } from '../../producers/importers/drafts';
import { newFindings, type Findings, type ImportInput } from '../../producers/importers/importInput';
import type { Line } from '../../producers/importers/lines';
import { decodeEvent, type LedgerEvent } from '../../schemas';

/** A text as the lines that a reader delivers. */
export function linesOf(text: string, file = 'a.log'): Line[] {
  return text.split('\n').map((line, index) => ({ file, line: index + 1, text: line }));
}

/** Writes a text to a new file of a folder and gives the file's path. */
export function fileWith(folder: string, name: string, text: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Everything that an input gives. */
export async function draftsOf(input: ImportInput): Promise<{ drafts: Draft[]; findings: Findings }> {
  const findings = newFindings();
  const drafts: Draft[] = [];
  for await (const batch of input.drafts(findings)) {
    drafts.push(...batch);
  }
  return { drafts, findings };
}

const anyProducer = '11111111-1111-4111-8111-111111111111';

/** An input's events as a reader of the ledger would get them. */
export async function eventsOf(input: ImportInput): Promise<LedgerEvent[]> {
  const { drafts } = await draftsOf(input);
  return drafts.map((draft, index) => decodeEvent(encodeDraft(draft, anyProducer, index + 1, input.scope)));
}

/** Every event of a ledger. */
export async function ledgerEvents(ledger: Ledger): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const batch of ledger.read(ledger.start)) {
    events.push(...batch.events.map((event) => decodeEvent(event)));
  }
  return events;
}
