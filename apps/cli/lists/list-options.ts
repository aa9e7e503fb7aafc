import type { Command } from 'commander';
import type { Query } from '../api-client.js';
import { toInteger } from '../option-parsers.js';

/** A filter of an API list: the option's name is the query parameter's (`--tracking-id` is `trackingId`). */
export interface Filter {
  flags: string;
  text: string;
}

/** Adds the filters and what every list has. */
export function addListOptions(command: Command, filters: readonly Filter[]): Command {
  for (const { flags, text } of filters) command.option(flags, text);
  return command
    .option('--limit <number>', 'items on a page', toInteger(1, 1000), 50)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--all', 'every page; with --json one item a line');
}

/** The query parameters of the filters that were given. */
export function toQuery(command: Command, filters: readonly Filter[]): Query {
  const values = command.opts<Record<string, string | undefined>>();
  const names = command.options.filter((option) => filters.some(({ flags }) => flags === option.flags));
  return Object.fromEntries(names.map((option) => [option.attributeName(), values[option.attributeName()]]));
}
