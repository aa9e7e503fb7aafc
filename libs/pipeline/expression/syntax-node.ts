/** A node of JSONata's syntax tree. */
export interface SyntaxNode {
  type: string;
  value?: unknown;
  /** Characters up to the end of the node's token. */
  position?: number;
  lhs?: unknown;
  rhs?: unknown;
  expression?: SyntaxNode;
  expressions?: SyntaxNode[];
  steps?: SyntaxNode[];
  procedure?: SyntaxNode;
  arguments?: SyntaxNode[];
  /** The variable that `@$name` gives a value. */
  focus?: string;
  /** The variable that `#$name` gives a value. */
  index?: string;
}
