import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { UsageError } from '../errors.js';
import { save } from '../output/save.js';
import { toCli } from '../settings.js';
import { type Filter, toQuery } from './list-options.js';

export interface ExportOptions {
  format?: 'csv' | 'ndjson';
  output?: string;
}

/** Makes a command that writes a whole list of the API to standard output or a file, as it arrives. */
export function addExportTo(command: Command, path: string, filters: readonly Filter[]): Command {
  command
    .addOption(
      new Option('--format <format>', "of the file (default: by the file's name)").choices(['csv', 'ndjson']),
    )
    .option('-o, --output <file>', 'where to; - is standard output');
  for (const { flags, text } of filters) command.option(flags, text);
  return command.action(async (options: ExportOptions) => {
    const { client, output } = toCli(command);
    const query = { ...toQuery(command, filters), format: toFormat(options) };
    await save(client.stream(path, query), options.output);
    if (options.output !== undefined && options.output !== '-') output.note(`Written to ${options.output}.`);
  });
}

/** @throws UsageError where neither the option nor the file's name says it */
export function toFormat({ format, output = '' }: ExportOptions): string {
  const known = format ?? { '.csv': 'csv', '.ndjson': 'ndjson' }[extname(output).toLowerCase()];
  if (known === undefined) throw new UsageError('say the format: --format csv or --format ndjson');
  return known;
}
