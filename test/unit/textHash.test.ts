import { textHash } from '../../schemas/textHash';

describe('the hash of a text', () => {
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('is FNV-1a: that of %j is as its authors publish it', (text, hash) => {
    expect(textHash(text)).toBe(hash | 0);
  });

  it('of a piece is that of the piece alone', () => {
    expect(textHash('a foobar', 2)).toBe(textHash('foobar'));
    expect(textHash('a foobar, too', 2, 8)).toBe(textHash('foobar'));
  });
});
