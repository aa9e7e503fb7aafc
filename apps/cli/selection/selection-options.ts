import type { Command } from 'commander';
import { toTexts } from '../option-parsers.js';

/** How often an option was given, and how many ids each time: `--import a,b --import c`. */
const collect = (text: string, before: string[] = []): string[] => [...before, ...toTexts(text)];

/** Adds the options that select exceptions, or the records of imports. */
export function addSelectionOptions(command: Command): Command {
  return command
    .option('--import <ids>', 'of these imports, by tracking id: a,b', collect)
    .option('--exception <ids>', 'these exceptions: e17-3,e17-4', collect)
    .option('--healed-by <change>', 'what a change of reference data can heal, by its changeId')
    .option('--feed <feed>', 'of one feed (API name or id)')
    .option('--stage <stage>', 'decode, mediate, resolve, rate or store')
    .option('--code <code>', 'such as rate_not_found')
    .option('--step <step>', 'of one step of the profile')
    .option('--field <field>', 'about one field')
    .option('--status <status>', 'open, reprocessed, superseded or discarded')
    .option('--identifier <value>', 'of one identifier')
    .option('--usage-key <key>', 'of one usage key')
    .option('--fingerprint <fingerprint>', 'of one group, as `exceptions groups` names it')
    .option('--from <time>', 'created at or after this time (2026-05-01T00:00:00Z)')
    .option('--to <time>', 'created before this time')
    .option('--q <text>', 'with this text');
}
