import { parseJson } from '../json.js';
import { toOutline } from './outline.js';

const outline = (text: string) => toOutline(parseJson(text), '');

describe('toOutline', () => {
  it('puts what is plain on a line, and what is nested below', () => {
    expect(
      outline(
        '{"plan":"retail","none":null,"empty":{},"rates":[{"id":"7","match":{"to":"US"}},{"id":"8"}],"n":1}',
      ),
    ).toEqual(['plan retail, n 1', 'rates:', '  - id 7', '    match:', '      to US', '  - id 8']);
  });

  it('keeps digits, and has no power over the terminal', () => {
    expect(outline('{"n":9007199254740993.10,"t":"a\\u001b[2J\\nb"}')).toEqual([
      'n 9007199254740993.10, t a\\x1b[2J\\x0ab',
    ]);
    expect(outline('["x",[1,2]]')).toEqual(['- x', '- - 1', '  - 2']);
  });
});
