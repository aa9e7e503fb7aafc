import { LosslessNumber } from 'lossless-json';
import { parseDocument, visit } from 'yaml';
import { UsageError } from '../errors.js';

/**
 * The value of a YAML document (JSON is YAML, too). A number that a double would write differently keeps its text.
 * @throws UsageError with every problem and its line
 */
export function parseYaml(text: string, path: string): unknown {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    throw new UsageError(problems.map((problem) => `${path}: ${problem.message.trimEnd()}`).join('\n'));
  }
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'number' && node.source !== undefined)
        node.value = toExact(node.source, node.value);
    },
  });
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

function toExact(source: string, value: number): unknown {
  const isJsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(source);
  return isJsonNumber && String(value) !== source ? new LosslessNumber(source) : value;
}
