/**
 * A small pipeline of real jobs that work on texts: each page is cleaned, pages of a chapter are joined, chapters of a
 * book are bound. What a job writes follows from what it reads, and takes a moment.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** How large the pipeline is. */
export interface TextPipelineSize {
  /** One unit each. */
  readonly books: number;
  readonly chapters: number;
  readonly pages: number;
}

const definition = `format: 1
pipeline: texts
dimensions: { book: int, chapter: int, page: int }
unit: [book]
tables: { pages: pages.csv }
datasetTypes:
  raw: { role: registered, dimensions: [book, chapter, page], table: pages, template: 'raw/{book}-{chapter}-{page}.txt' }
  clean: { role: intermediate, dimensions: [book, chapter, page], template: '{attempt}/{book}/clean-{chapter}-{page}.txt' }
  chapter: { role: product, dimensions: [book, chapter], template: '{attempt}/{book}/chapter-{chapter}.txt' }
  bound: { role: product, dimensions: [book], template: '{attempt}/{book}/bound.txt' }
tasks:
  clean: { dimensions: [book, chapter, page], over: [pages], executable: clean.sh, command: [bin/clean.sh, '{outputs.clean}', '{science.case}', '{inputs.raw}'], inputs: { raw: {} }, outputs: { clean: {} } }
  join: { dimensions: [book, chapter], over: [pages], executable: join.sh, command: [bin/join.sh, '{outputs.chapter}', '{inputs.clean}'], inputs: { clean: { require: any } }, outputs: { chapter: {} } }
  bind: { dimensions: [book], over: [pages], executable: join.sh, command: [bin/join.sh, '{outputs.bound}', '{inputs.chapter}'], inputs: { chapter: {} }, outputs: { bound: {} } }
science: { clean: { case: upper } }
execution: { clean: { retries: 2 }, join: { retries: 2 }, bind: { retries: 2 } }
`;

const head = '#!/bin/sh\nset -e\nout=$1; shift\nmkdir -p "$(dirname "$out")"\n';

/** The program of the task clean; a page that says "poison" makes it fail for good. */
const clean = `${head}case=$1; shift
if grep -q poison "$1"; then echo "FATAL: poison" >&2; exit 7; fi
sleep 0.05
tr 'a-z' 'A-Z' < "$1" > "$out.part"
mv "$out.part" "$out"
`;

const join = `${head}sleep 0.05
cat "$@" > "$out.part"
mv "$out.part" "$out"
`;

/** Writes definition, table, programs and raw pages; the root folder is the folder itself. @returns the definition's path */
export function writeTextPipeline(folder: string, { books, chapters, pages }: TextPipelineSize): string {
  const rows: string[] = [];
  mkdirSync(path.join(folder, 'raw'), { recursive: true });
  mkdirSync(path.join(folder, 'bin'), { recursive: true });
  for (const [book, chapter, page] of places(books, chapters, pages)) {
    rows.push(`${String(book)},${String(chapter)},${String(page)}`);
    const name = `raw/${String(book)}-${String(chapter)}-${String(page)}.txt`;
    writeFileSync(
      path.join(folder, name),
      `page ${String(page)} of chapter ${String(chapter)} of book ${String(book)}\n`,
    );
  }
  writeFileSync(path.join(folder, 'pages.csv'), `book,chapter,page\n${rows.join('\n')}\n`);
  for (const [name, text] of [
    ['clean.sh', clean],
    ['join.sh', join],
  ] as const) {
    writeFileSync(path.join(folder, 'bin', name), text);
    chmodSync(path.join(folder, 'bin', name), 0o755);
  }
  const file = path.join(folder, 'texts.yaml');
  writeFileSync(file, definition);
  return file;
}

function* places(books: number, chapters: number, pages: number): Generator<readonly [number, number, number], void> {
  for (let book = 1; book <= books; book += 1) {
    for (let chapter = 1; chapter <= chapters; chapter += 1) {
      for (let page = 1; page <= pages; page += 1) {
        yield [book, chapter, page];
      }
    }
  }
}

/** What the bound book holds when nothing went wrong. */
export function boundBook(book: number, { chapters, pages }: TextPipelineSize): string {
  return [...places(1, chapters, pages)]
    .map(([, chapter, page]) => `PAGE ${String(page)} OF CHAPTER ${String(chapter)} OF BOOK ${String(book)}\n`)
    .join('');
}
