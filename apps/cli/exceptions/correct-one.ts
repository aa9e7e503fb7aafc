import { pathPart } from '../api-client.js';
import { UsageError } from '../errors.js';
import { toJson } from '../json.js';
import { editRecord } from '../records/edit.js';
import { readText, toRaw } from '../records/raw.js';
import type { Cli } from '../settings.js';
import type { ExceptionView } from './exception.js';
import { readFeedFormat } from '../records/feed-format.js';

export interface CorrectOneOptions {
  raw?: string;
  edit?: boolean;
  note?: string;
}

/** Gives one exception another record: what an option says, or what a person makes of it in an editor. */
export async function correctOne(cli: Cli, id: string, options: CorrectOneOptions): Promise<void> {
  const { client, output } = cli;
  if ((options.raw === undefined) === !options.edit)
    throw new UsageError('say what the record is now: --raw @FILE, or --edit to change it in an editor');
  const path = `/exceptions/${pathPart(id)}`;
  const before = await client.get<ExceptionView>(path);
  const record = before.corrected ?? before.raw;
  const format = await readFeedFormat(client, before.feed.id, record);
  const raw =
    options.raw === undefined ? editRecord(record, format) : toRaw(readText('--raw', options.raw), format);
  if (options.edit && toJson(raw) === toJson(record)) {
    output.result(before, () => `${id} is as it was: nothing was changed.`);
    return;
  }
  const body = { raw, note: options.note, revision: before.revision };
  const after = await client.send<ExceptionView>('PATCH', path, body);
  output.result(after, () => `Corrected ${id}: revision ${after.revision}.`);
  output.note(`It is decided again by: feedmill reprocess --exception ${id} --reason "..."`);
}
