import { toJson } from '../json.js';
import { Paint } from './terminal.js';

/** Where results (stdout) and notes about the work (stderr) go. With `--json` stdout holds JSON and nothing else. */
export class Output {
  readonly paint: Paint;

  constructor(
    readonly isJson: boolean,
    isColoured: boolean,
    private readonly stdout: NodeJS.WritableStream = process.stdout,
    private readonly stderr: NodeJS.WritableStream = process.stderr,
  ) {
    this.paint = new Paint(isColoured);
  }

  /** The result: `value` as one JSON document with `--json`, else what `toText` makes of it. */
  result(value: unknown, toText: () => string): void {
    this.stdout.write(`${this.isJson ? toJson(value, 2) : toText()}\n`);
  }

  /** One of many results: a line of JSON with `--json` (NDJSON), else what `toText` makes of it. */
  line(value: unknown, toText: () => string): void {
    this.stdout.write(`${this.isJson ? toJson(value) : toText()}\n`);
  }

  /** Something the person should know; never part of the result. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }
}
