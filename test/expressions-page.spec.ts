import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DecodedRecord, PipelineRecord, type StepContext, compileExpression } from 'feedmill/pipeline';
import { stepContext } from '../libs/pipeline/testing/index.js';

const PAGE = readFileSync(join(import.meta.dirname, '..', 'docs', 'expressions.md'), 'utf8');

const [, text] = /```json\n([^]*?)```/.exec(PAGE)!;
const given = JSON.parse(text!) as {
  readonly record: Record<string, string>;
  readonly event: DecodedRecord;
  readonly feed: Partial<StepContext['feed']>;
  readonly acceptedAt: string;
};
const examples = [...PAGE.matchAll(/^(.+?) +\/\* (.+) \*\/$/gm)].map(([, source, result]) => [
  source!,
  result!,
]);

describe('the page of expressions', () => {
  it('has examples', () => expect(examples.length).toBeGreaterThan(5));

  it.each(examples)('%s gives %s', async (source, result) => {
    const { date, value, ...sent } = given.record;
    const record = new PipelineRecord(0, 0, { ...sent, $event: given.event }, { date: date!, value: value! });
    const context = stepContext({ feed: given.feed, acceptedAt: given.acceptedAt });
    const found = await compileExpression(source, '').evaluate(record, context);
    expect(JSON.stringify(found)).toBe(result);
  });
});
