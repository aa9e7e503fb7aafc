import { bytesArray, copyText, numberArray, textArray } from './copy-text.js';

describe('COPY text', () => {
  it('escapes what would end a column or a line', () => {
    expect(copyText('a\tb\nc\\d\re')).toBe('a\\tb\\nc\\\\d\\re');
    expect(copyText('\\N')).toBe('\\\\N');
    expect(copyText(null)).toBe('\\N');
    expect(copyText('')).toBe('');
  });

  it('writes array parameters', () => {
    expect(textArray(['a"b', 'c\\d', null, '', '{,}'])).toBe('{"a\\"b","c\\\\d",NULL,"","{,}"}');
    expect(bytesArray(['00ff', null])).toBe('{"\\\\x00ff",NULL}');
    expect(numberArray([1, null])).toBe('{1,NULL}');
  });
});
