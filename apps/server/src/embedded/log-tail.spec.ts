import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showProblems, toConsoleLine } from './log-tail.js';

describe('toConsoleLine', () => {
  it.each([
    ['{"level":"info","msg":"ready"}', null],
    ['{"level":"warn","context":"queue","msg":"Redis is away"}', 'warning: queue: Redis is away'],
    ['{"level":"error","msg":"chunk failed","err":{"message":"deadlock"}}', 'error: chunk failed (deadlock)'],
    ['{"level":"error","msg":"deadlock","err":{"message":"deadlock"}}', 'error: deadlock'],
    ['TypeError: x is not a function', 'TypeError: x is not a function'],
    ['{ not json', '{ not json'],
    ['   ', null],
  ])('%s', (line, shown) => expect(toConsoleLine(line)).toBe(shown));
});

describe('showProblems', () => {
  it('shows what is appended from now on, a line again and again only once, and the rest at the end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'feedmill-log-'));
    const file = join(folder, 'server.log');
    writeFileSync(file, '{"level":"error","msg":"yesterday"}\n');
    const shown: string[] = [];
    const stop = showProblems(file, (line) => shown.push(line));
    appendFileSync(file, '{"level":"error","msg":"today"}\n'.repeat(3) + '{"level":"info","msg":"fine"}\n');
    stop();
    rmSync(folder, { recursive: true });
    expect(shown).toEqual(['error: today']);
  });
});
