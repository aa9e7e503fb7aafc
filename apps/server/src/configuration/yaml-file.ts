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

/**
 * @param texts a member below which numbers and booleans are the texts that are written there: `+44`, `007`, `no`
 */
export function readYaml(text: string, texts?: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings].map(({ message }) => message.trimEnd());
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !DECIMALS.has(String(key.value)) || !isScalar(value)) return;
      if (typeof value.value === 'number' && value.source !== undefined) value.value = value.source;
    },
  });
  const below = texts === undefined ? undefined : document.get(texts, true);
  if (isNode(below)) visit(below, { Pair: (_, { value }) => toWrittenText(value) });
  return {
    value: problems.length ? null : (document.toJS({ maxAliasCount: 100 }) as unknown),
    problems,
    lineOf: (pointer) => lineOf(document, lines, pointer),
  };
}

function toWrittenText(node: unknown): void {
  if (!isScalar(node) || node.source === undefined) return;
  if (typeof node.value === 'number' || typeof node.value === 'boolean') node.value = node.source;
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
