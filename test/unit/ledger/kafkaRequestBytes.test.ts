import { RequestBytes } from '../../../ledger/kafka/requestBytes';

describe('the size of a request', () => {
  it('grows while full ones are answered quickly, up to its limit', () => {
    const size = new RequestBytes(1, 1000, 100);
    for (let request = 0; request < 10; request += 1) {
      size.took(10, size.bytes);
    }
    expect(size.bytes).toBe(1000);
  });

  it('stays where requests are not full, or neither quick nor slow', () => {
    const size = new RequestBytes(1, 1000, 100);
    size.took(10, 49);
    size.took(1000, 100);
    expect(size.bytes).toBe(100);
  });

  it('shrinks while answers are slow, and to the least after a failure', () => {
    const size = new RequestBytes(10, 1000, 100);
    size.took(4000, 100);
    expect(size.bytes).toBe(50);
    size.failed();
    expect(size.bytes).toBe(10);
    size.took(4000, 10);
    expect(size.bytes).toBe(10);
  });
});
