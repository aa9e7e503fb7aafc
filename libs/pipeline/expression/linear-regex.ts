import { RE2JS, type Matcher } from 're2js';

/** Compiles a regular expression for linear-time matching. Throws for what RE2 has not (look-around, back-references). */
export function compileLinear(regex: Pick<RegExp, 'source' | 'ignoreCase' | 'multiline'>): RE2JS {
  const flags = (regex.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (regex.multiline ? RE2JS.MULTILINE : 0);
  return RE2JS.compile(RE2JS.translateRegExp(regex.source), flags);
}

/**
 * The part of `RegExp` that JSONata uses, on RE2: time is linear in the text, whatever the pattern.
 * JSONata makes one from what the syntax tree holds, which is a compiled pattern by then.
 */
export class LinearRegex {
  lastIndex = 0;
  private matcher: Matcher | null = null;
  private text = '';

  constructor(private readonly pattern: RE2JS) {}

  exec(text: string): RegExpExecArray | null {
    if (this.matcher === null || this.text !== text) {
      this.matcher = this.pattern.matcher(text);
      this.text = text;
    }
    if (this.lastIndex > text.length || !this.matcher.find(this.lastIndex)) {
      this.lastIndex = 0;
      return null;
    }
    const groups = Array.from(
      { length: this.matcher.groupCount() + 1 },
      (_, i) => this.matcher!.group(i) ?? undefined,
    );
    this.lastIndex = this.matcher.end();
    return Object.assign(groups, {
      index: this.matcher.start(),
      input: text,
    }) as unknown as RegExpExecArray;
  }
}
