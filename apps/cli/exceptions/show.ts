import type { Command } from 'commander';
import { pathPart } from '../api-client.js';
import { toJson } from '../json.js';
import type { Page } from '../lists/list.js';
import { type Column, toList, toTable } from '../output/table.js';
import { type Paint, toSafeLines } from '../output/terminal.js';
import { toRawText } from '../records/raw.js';
import { toCli } from '../settings.js';
import type { ExceptionView } from './exception.js';

/** One time that a record was rejected. */
interface Attempt {
  attempt: number;
  trackingId: string;
  at: string;
  stage: string;
  code: string;
  field: string | null;
  message: string;
}

/** What a record was, and was changed to. */
interface Revision {
  revision: number;
  raw: unknown;
  author: string | null;
  at: string;
  note: string | null;
}

interface Shown extends ExceptionView {
  attempts: Attempt[];
  revisions: Revision[];
}

/** The newest of each: a record that was corrected more often is read with --json and the API. */
const mostShown = 50;

const attemptColumns: Column<Attempt>[] = [
  { title: 'attempt', value: (each) => each.attempt },
  { title: 'at', value: (each) => each.at },
  { title: 'import', value: (each) => each.trackingId },
  { title: 'stage', value: (each) => each.stage },
  { title: 'code', value: (each) => each.code },
  { title: 'field', value: (each) => each.field, maxWidth: 30 },
  { title: 'message', value: (each) => each.message, maxWidth: 100 },
];

const revisionColumns: Column<Revision>[] = [
  { title: 'revision', value: (each) => each.revision },
  { title: 'at', value: (each) => each.at },
  { title: 'by', value: (each) => each.author },
  { title: 'note', value: (each) => each.note, maxWidth: 60 },
  {
    title: 'raw',
    value: (each) => (typeof each.raw === 'string' ? each.raw : toJson(each.raw)),
    maxWidth: 100,
  },
];

export function addShow(exceptions: Command): void {
  exceptions
    .command('show')
    .description('Shows an exception: the record, why it was rejected each time, and what it was changed to.')
    .argument('<id>', 'the exception: e17-3')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { client, output } = toCli(command);
      const path = `/exceptions/${pathPart(id)}`;
      const query = { limit: mostShown };
      const [exception, attempts, revisions] = await Promise.all([
        client.get<ExceptionView>(path),
        client.get<Page<Attempt>>(`${path}/attempts`, query),
        client.get<Page<Revision>>(`${path}/revisions`, query),
      ]);
      const shown = { ...exception, attempts: attempts.items, revisions: revisions.items };
      output.result(shown, () => toText(shown, output.paint));
    });
}

const toChangeText = ({ at, by, reason }: NonNullable<ExceptionView['changed']>): string =>
  `${at}${by === null ? '' : ` by ${by}`}${reason === null ? '' : `: ${reason}`}`;

function toText(shown: Shown, paint: Paint): string {
  const titled = (title: string, text: string): string => `${paint.in('bold', title)}\n${text}`;
  const parts = [
    toList(
      [
        ['exception', shown.id],
        ['status', shown.status],
        ['settled by', shown.resolvedBy],
        ['changed', shown.changed && toChangeText(shown.changed)],
        ['feed', shown.feed.apiName],
        ['import', `${shown.trackingId} record ${shown.index}`],
        ['created', shown.createdAt],
        ['stage', shown.step === null ? shown.stage : `${shown.stage}, step ${shown.step}`],
        ['code', shown.code],
        ['field', shown.field],
        ['message', shown.message],
        ['usage key', shown.usageKey],
        ['fingerprint', shown.fingerprint],
        ['revision', shown.revision],
      ],
      paint,
    ),
    titled('Record', toSafeLines(toRawText(shown.corrected ?? shown.raw))),
  ];
  if (shown.attempts.length > 1)
    parts.push(titled('Attempts', toTable(attemptColumns, shown.attempts, paint)));
  if (shown.revisions.length > 1)
    parts.push(titled('Revisions', toTable(revisionColumns, shown.revisions, paint)));
  return parts.join('\n\n');
}
