import { type Document, LineCounter, isNode, isScalar, parseDocument, visit } from 'yaml';

/** Members of a rate that are decimals: without quotes they are read from their text, never through a double. */
const DECIMALS = new Set([
  'unitPrice',
  'per',
  'increment',
  'minimumQuantity',
  'setupAmount',
  'minimumAmount',
]);

/** A YAML (or JSON) file: its value, and where in the file a member stands. */
export interface YamlFile {
  readonly value: unknown;
  readonly problems: readonly string[];
  /** The line of the place that a JSON pointer names, or of the nearest place around it; null where unknown. */
  lineOf(pointer: string): number | null;
}

export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings].map(({ message }) => message.trimEnd());
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !DECIMALS.has(String(key.value)) || !isScalar(value)) return;
      if (typeof value.value === 'number' && value.source !== undefined) value.value = value.source;
    },
  });
  return {
    value: problems.length ? null : (document.toJS({ maxAliasCount: 100 }) as unknown),
    problems,
    lineOf: (pointer) => lineOf(document, lines, pointer),
  };
}

function lineOf(document: Document, lines: LineCounter, pointer: string): number | null {
  const path = pointer.split('/').slice(1);
  for (; path.length; path.pop()) {
    const steps = path.map((step) =>
      /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~'),
    );
    const node = document.getIn(steps, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}
