import { LosslessNumber } from 'lossless-json';
import { isNode, isScalar, parseDocument, visit } from 'yaml';
import { UsageError } from '../errors.js';

/**
 * The value of a YAML document (JSON is YAML, too). A number that a double would write differently keeps its text.
 * @param texts a member below which numbers and booleans are the texts that are written there: `+44`, `007`, `no`
 * @throws UsageError with every problem and its line
 */
export function parseYaml(text: string, path: string, texts?: string): unknown {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    throw new UsageError(problems.map((problem) => `${path}: ${problem.message.trimEnd()}`).join('\n'));
  }
  const below = texts === undefined ? undefined : document.get(texts, true);
  if (isNode(below)) visit(below, { Pair: (_, { value }) => toWrittenText(value) });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'number' && node.source !== undefined)
        node.value = toExact(node.source, node.value);
    },
  });
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

function toWrittenText(node: unknown): void {
  if (!isScalar(node) || node.source === undefined) return;
  if (typeof node.value === 'number' || typeof node.value === 'boolean') node.value = node.source;
}

function toExact(source: string, value: number): unknown {
  const isJsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(source);
  return isJsonNumber && String(value) !== source ? new LosslessNumber(source) : value;
}
