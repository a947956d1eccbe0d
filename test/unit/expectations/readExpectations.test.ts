import { readExpectations } from '../../../producers/expectations/readExpectations';

const read = (text: string): ReturnType<typeof readExpectations> => readExpectations('e.csv', Buffer.from(text));

describe('a table of expectations', () => {
  it('has the total where the dataset type is empty, and unknown where the count is', () => {
    expect(read('\ufeffunit,datasetType,count\r\n"tract=1,2",calexp,007\r\n\r\nu,,3\r\nu,"a\n""b""", \r\n')).toEqual([
      { unit: 'tract=1,2', datasetType: 'calexp', count: 7 },
      { unit: 'u', datasetType: null, count: 3 },
      { unit: 'u', datasetType: 'a\n"b"', count: null },
    ]);
    expect(read('count,unit,datasetType\n5,u,x\n')).toEqual([{ unit: 'u', datasetType: 'x', count: 5 }]);
    expect(read('unit,datasetType,count\n')).toEqual([]);
  });

  it.each([
    ['', 'e.csv:1: expected the columns unit,datasetType,count, found an empty file'],
    ['unit,type,count\n', 'e.csv:1: expected the columns unit,datasetType,count, found unit,type,count'],
    ['unit,datasetType,count\n"u\nv",x,1\nu,x,-1\n', 'e.csv:4: expected a whole number from 0, or nothing'],
    ['unit,datasetType,count\nu,x,1e3\n', 'found "1e3"'],
    ['unit,datasetType,count\nu,x,9007199254740993\n', 'e.csv:2: expected a whole number from 0'],
    ['unit,datasetType,count\n,x,1\n', 'e.csv:2: expected the name of a unit'],
    [
      'unit,datasetType,count\nu,x,1\nu,x,2\n',
      'e.csv:3: expected each unit and dataset type once, found those of line 2',
    ],
    ['unit,datasetType,count\nu,x\n', 'e.csv:2: expected 3 fields, found 2'],
    ['unit,datasetType,count\nu,"x\n', 'e.csv:2: not CSV'],
  ])('tells what is wrong with %j, and on which line', (text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });

  it('refuses other bytes than UTF-8', () => {
    expect(() => readExpectations('e.csv', Buffer.from([0xff, 0xfe]))).toThrow('e.csv: expected UTF-8');
  });
});
