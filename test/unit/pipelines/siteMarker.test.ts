import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSiteMarker, SiteMarkerError, siteMarkerName, writeSiteMarker } from '../../../pipelines/siteMarker';
import { temporaryFolder } from '../../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
afterAll(remove);

let roots = 0;

function newRoot(): string {
  const root = path.join(folder, String((roots += 1)));
  mkdirSync(root);
  return root;
}

function rootWith(content: string): string {
  const root = newRoot();
  writeFileSync(path.join(root, siteMarkerName), content);
  return root;
}

function kindOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(SiteMarkerError);
    return (error as SiteMarkerError).kind;
  }
  return 'no error';
}

describe('the site marker', () => {
  it('names the site of a root folder, in a form that is fixed', () => {
    const root = newRoot();
    writeSiteMarker(root, 'lustre');
    expect(readSiteMarker(root)).toBe('lustre');
    expect(readdirSync(root)).toEqual(['.tractledger-site.json']);
    expect(readFileSync(path.join(root, '.tractledger-site.json'), 'utf8')).toBe(
      '{\n  "format": 1,\n  "site": "lustre"\n}\n',
    );
  });

  it('is written once and never replaced', () => {
    const root = newRoot();
    writeSiteMarker(root, 'lustre');
    writeSiteMarker(root, 'lustre');
    expect(
      kindOf(() => {
        writeSiteMarker(root, 'scratch');
      }),
    ).toBe('otherSite');
    expect(readSiteMarker(root)).toBe('lustre');
    expect(readdirSync(root)).toEqual([siteMarkerName]);
  });

  it('tells a root without a marker from one that cannot be read and from a marker that is none', () => {
    expect(kindOf(() => readSiteMarker(newRoot()))).toBe('none');
    expect(kindOf(() => readSiteMarker(path.join(folder, 'nowhere')))).toBe('none');
    const loop = newRoot();
    symlinkSync(siteMarkerName, path.join(loop, siteMarkerName));
    expect(kindOf(() => readSiteMarker(loop))).toBe('unreachable');
    for (const content of [
      '',
      '{',
      '[]',
      'null',
      '{"site":"a"}',
      '{"format":1}',
      '{"format":1,"site":""}',
      '{"format":2,"site":"a"}',
      '{"format":1,"site":"a\\u0007"}',
      ' '.repeat(70_000),
    ]) {
      expect(kindOf(() => readSiteMarker(rootWith(content)))).toBe('invalid');
    }
  });

  it('does not wait for a writer where the marker is a FIFO', () => {
    const root = newRoot();
    execFileSync('mkfifo', [path.join(root, siteMarkerName)]);
    expect(kindOf(() => readSiteMarker(root))).toBe('invalid');
  });

  it('refuses a name that could not be read back', () => {
    expect(
      kindOf(() => {
        writeSiteMarker(newRoot(), '');
      }),
    ).toBe('invalid');
    expect(
      kindOf(() => {
        writeSiteMarker(path.join(folder, 'nowhere'), 'a');
      }),
    ).toBe('unreachable');
  });
});
