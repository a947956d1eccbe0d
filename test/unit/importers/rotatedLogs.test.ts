import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ImportFileError, ImportFormatError } from '../../../producers/importers/errors';
import { htcondorInputs } from '../../../producers/importers/htcondor/importHtcondor';
import { rotatedLogs } from '../../../producers/importers/htcondor/rotatedLogs';
import { condor } from '../../support/condorLog';
import { eventsOf, fileWith } from '../../support/imports';
import { temporaryFolder } from '../../support/temporaryFolder';

const temporary = temporaryFolder();
afterAll(temporary.remove);

/** A folder with files of these names. */
function folderWith(name: string, ...files: string[]): string {
  const folder = path.join(temporary.folder, name);
  mkdirSync(folder);
  files.forEach((file) => fileWith(folder, file, ''));
  return folder;
}

describe('the files of a rotated log', () => {
  it('are read oldest first: the highest number, down to 1, then the log itself', async () => {
    const others = ['a.log.10x', 'a.log.lock', 'b.log.1', 'a.log.012'];
    const folder = folderWith('numbers', 'a.log', 'a.log.1', 'a.log.3', 'a.log.2', ...others);
    const names = (await rotatedLogs(path.join(folder, 'a.log'))).map((file) => path.basename(file));
    expect(names).toEqual(['a.log.3', 'a.log.2', 'a.log.1', 'a.log']);
  });

  it('are the one named .old and the log itself where only one is kept', async () => {
    const folder = folderWith('old', 'a.log', 'a.log.old');
    const names = (await rotatedLogs(path.join(folder, 'a.log'))).map((file) => path.basename(file));
    expect(names).toEqual(['a.log.old', 'a.log']);
  });

  it('are refused where one is missing or their order cannot be told', async () => {
    const gap = folderWith('gap', 'a.log', 'a.log.1', 'a.log.3');
    await expect(rotatedLogs(path.join(gap, 'a.log'))).rejects.toThrow('not every file from a.log.1');
    const both = folderWith('both', 'a.log', 'a.log.1', 'a.log.old');
    await expect(rotatedLogs(path.join(both, 'a.log'))).rejects.toThrow('order of its rotated files cannot be told');
    await expect(rotatedLogs(path.join(temporary.folder, 'nowhere/a.log'))).rejects.toThrow(ImportFileError);
  });

  it('give the events that the log gave before it was rotated', async () => {
    const records = [
      condor.submitted('1.0', 0, 'A'),
      condor.executing('1.0', 1),
      condor.evicted('1.0', 2),
      condor.executing('1.0', 3),
      condor.terminated('1.0', 4, 0),
    ];
    const options = { campaign: 'c', unit: 'u' };
    const whole = fileWith(folderWith('whole'), 'a.log', records.join(''));
    const rotated = folderWith('rotated');
    fileWith(rotated, 'a.log.2', records.slice(0, 2).join(''));
    fileWith(rotated, 'a.log.1', records.slice(2, 4).join(''));
    const last = fileWith(rotated, 'a.log', records.slice(4).join(''));
    const [before] = await htcondorInputs({ logPath: whole, ...options });
    const [after] = await htcondorInputs({ logPath: last, ...options });
    expect(await eventsOf(after)).toEqual(await eventsOf(before));
    expect(after.first).toEqual(before.first);
  });

  it('must hold whole records: one that is cut at the end of a file is refused', async () => {
    const folder = folderWith('cut');
    fileWith(folder, 'a.log.1', condor.submitted('1.0', 0, 'A').slice(0, -4));
    const logPath = fileWith(folder, 'a.log', condor.executing('1.0', 1));
    await expect(htcondorInputs({ logPath, campaign: 'c', unit: 'u' })).rejects.toThrow(ImportFormatError);
    await expect(htcondorInputs({ logPath, campaign: 'c', unit: 'u' })).rejects.toThrow(
      /a.log.1:1: expected a complete record/,
    );
  });

  it('may not be there at all: that is told with the path', async () => {
    const logPath = path.join(folderWith('empty'), 'a.log');
    await expect(htcondorInputs({ logPath, campaign: 'c', unit: 'u' })).rejects.toThrow(`${logPath}: cannot be read`);
  });
});
