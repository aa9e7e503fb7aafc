import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expressionProblems } from '../testing/expression-problems.js';
import { JSONATA_FUNCTIONS } from './unknown-functions.js';

describe('unknown functions', () => {
  it.each([
    ['$nope(1)', '/when there is no function $nope (at character 5)'],
    ['a > 1 ? $upperCase(a) : a', 'there is no function $upperCase; did you mean "$uppercase"?'],
    ['a ~> $trim ~> $lowercse', 'there is no function $lowercse; did you mean "$lowercase"?'],
    ['a ~> $nope(1)', 'there is no function $nope'],
    ['($f := $nope(?, 1); $f(2))', 'there is no function $nope'],
    ['$map([1], function($x) { $nope($x) })', 'there is no function $nope'],
    ['{"a": [b[$nope(c)]]}', 'there is no function $nope'],
    ['b^($nope(c))', 'there is no function $nope'],
    ['b ~> |$|{"a": $nope(c)}|', 'there is no function $nope'],
    ['$event("x")', 'there is no function $event'],
    ['$constructor(1)', 'there is no function $constructor'],
  ])('refuses %s', (source, problem) => expect(expressionProblems(source).join('\n')).toContain(problem));

  it('names every one of them', () => expect(expressionProblems('$nope(1) + $nix(2)')).toHaveLength(2));

  it.each([
    '($f := function($x) { $x * 2 }; $f(2))',
    '($f := function($n) { $n = 0 ? 1 : $n * $f($n - 1) }; $f(3))',
    '($twice := function($g, $x) { $g($g($x)) }; $twice($uppercase, "a"))',
    '($p := $pad(?, 5); a ~> $p)',
    '($f := $trim ~> $uppercase; $f(a))',
    '$map([1, 2], function($v, $i) { $v + $i })',
    'function($x) { $x }(1)',
    'list@$l.{"a": $l.name}',
    'list#$i.($string($i))',
    '$lookup($event, "id") & $source.a & $feed.name & $now() & $millis()',
    '$roundTo($decimal(a), 2) & $localTime(date)',
  ])('takes %s', (source) => expect(expressionProblems(source)).toEqual([]));

  it('knows the functions of the library that is installed', () => {
    const library = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');
    const names = [...library.matchAll(/staticFrame\.bind\('(\w+)'/g)].map(([, name]) => name!);
    expect([...JSONATA_FUNCTIONS].sort()).toEqual(names.sort());
  });
});
