import { expressionProblems } from '../testing/expression-problems.js';

describe('unknown variables', () => {
  it.each([
    [
      '$parameters.x',
      '/when there is no variable $parameters; did you mean "$feed.parameters"? (at character 11)',
    ],
    ['$fed.name', 'there is no variable $fed; did you mean "$feed"?'],
    ['$value > 1', 'there is no variable $value; a field of the record is named without the "$"'],
    ['a[b = $nothing]', 'there is no variable $nothing'],
    ['($total := 1; $totl + 1)', 'there is no variable $totl; did you mean "$total"?'],
    ['$map(a, function($v) { $v + $w })', 'there is no variable $w'],
    ['a ~> |$|{"x": $y}|', 'there is no variable $y'],
    ['a^($key)', 'there is no variable $key'],
    ['{"a": $k, "b": [$k]}{$l: 1}', 'there is no variable $l'],
    ['$pad($who, ?)', 'there is no variable $who'],
    ['$exists($constructor)', 'there is no variable $constructor'],
  ])('refuses %s', (source, problem) => expect(expressionProblems(source).join('\n')).toContain(problem));

  it('names every one of them, and a function once', () => {
    expect(expressionProblems('$a + $b')).toHaveLength(2);
    expect(expressionProblems('$nope(1)')).toHaveLength(1);
    expect(expressionProblems('a ~> $nope')).toHaveLength(1);
  });

  it.each([
    '$source.a & $event.id & `$event`.id & $feed.name & $feed.parameters.x',
    '$ & $$ & $.a & $$.a',
    '($x := 1; $y := $x; $y)',
    '($f := function($n) { $n = 0 ? 1 : $n * $f($n - 1) }; $f(3))',
    'function($x)<n:n> { $x }(1)',
    '$reduce(a, function($all, $one) { $all & $one }, "")',
    '$map(a, $uppercase) ~> $join',
    '$sort(a, function($l, $r) { $l.x > $r.x })',
    'a@$l.b[$l.x = 1].{"x": $l.x}',
    'a#$i[$i = 1].{"at": $i}',
    'a.b.%.c',
    '($inner := function() { ($late := 1; $late) }; $inner())',
  ])('takes %s', (source) => expect(expressionProblems(source)).toEqual([]));
});
