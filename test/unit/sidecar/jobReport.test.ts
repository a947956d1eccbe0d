import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readJobReport, type JobReport } from '../../../producers/sidecar/jobReport';
import { openRoot } from '../../../producers/sidecar/logicalPath';
import { temporaryFolder } from '../../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
afterAll(remove);

function report(text: string): JobReport {
  const file = path.join(folder, 'report');
  writeFileSync(file, text);
  return readJobReport(openRoot(folder, '--root'), file);
}

test('A job says what it used and what its outputs hold, a JSON object a line', () => {
  const { inputs, outputs, problems } = report(
    '{"input":"raw/1.fits","datasetType":"raw"}\n\n' +
      '{"output":"out/1.fits","contentDigest":"0123ABCDef","metadata":{"seeing":0.7,"filter":null}}\n',
  );
  expect(inputs).toEqual([{ path: 'raw/1.fits', datasetType: 'raw' }]);
  expect([...outputs]).toEqual([
    ['out/1.fits', { contentDigest: '0123abcdef', metadata: { seeing: '0.7', filter: null } }],
  ]);
  expect(problems).toEqual([]);
});

test('What cannot be understood is told by its line, and the rest counts', () => {
  const { inputs, problems } = report(
    'nonsense\n{"input":"a"}\n{"input":"../b"}\n{"output":"c","contentDigest":"xyz"}\n{}\n[]\n{"input":"a","output":"b"}',
  );
  expect(inputs).toEqual([{ path: 'a', datasetType: null }]);
  expect(problems.map((problem) => /report:(\d)/.exec(problem)?.[1] ?? problem)).toEqual([
    '1',
    expect.stringContaining('leads out of the root folder'),
    '4',
    '5',
    '6',
    '7',
  ]);
});

test('A job that writes no report says nothing; a report that cannot be read is a problem', () => {
  const root = openRoot(folder, '--root');
  expect(readJobReport(root, path.join(folder, 'none'))).toEqual({ inputs: [], outputs: new Map(), problems: [] });
  mkdirSync(path.join(folder, 'a folder'));
  expect(readJobReport(root, path.join(folder, 'a folder')).problems).toHaveLength(1);
});
