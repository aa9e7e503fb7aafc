import jsonata from 'jsonata';
import { readNames } from './read-names.js';
import { nodesOf } from './syntax.js';

const namesOf = (source: string) => readNames(nodesOf(jsonata(source).ast()))?.toSorted() ?? null;

describe('readNames', () => {
  it.each([
    ['$uppercase($trim(UsageClassName))', ['UsageClassName']],
    ['UsageClassTypeName = "Bytes" ? Value / 1048576 : Value', ['UsageClassTypeName', 'Value']],
    ['$lookup(Extensions,"region") & "/" & $lookup(Extensions,"plan")', ['Extensions']],
    ['Extensions.region[0]', ['Extensions', 'region']],
    ['`odd name` in ["a", b]', null],
    ['$uppercase(`$event`.type)', ['$event', 'type']],
    ['a.(b & c)', ['a', 'b', 'c']],
  ])('%s reads %j', (source, names) => {
    expect(namesOf(source)).toEqual(names);
  });

  it.each([
    '$',
    '$$.a',
    '*',
    '**.a',
    '$keys()',
    '$lookup("a")',
    '$each(function($v) { $v })',
    '$source.a',
    '$event.a',
    '$string()',
    'a.%.b',
    '{"a": b}',
    'a ~> $f',
  ])('%s may read any', (source) => {
    expect(namesOf(source)).toBeNull();
  });
});
