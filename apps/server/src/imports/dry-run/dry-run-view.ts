import { ApiProperty, PickType } from '@nestjs/swagger';
import type { Rating, RejectResult, UsageEntry } from 'feedmill/pipeline';
import { RawJson } from '../../common/index.js';
import type { FeedRow } from '../../feeds/index.js';
import { FeedName, ProfileName, RecordName } from '../../history/index.js';
import { UsageView, toLocalDate } from '../../usage/index.js';
import type { DryRunPlace, DryRunRecord, DryRunReport } from './dry-runner.js';

const TEXT = { type: String, nullable: true } as const;
const VERDICTS = { i: 'imported', e: 'exception', s: 'skipped', d: 'duplicate' } as const;

export class DryRunUsage extends PickType(UsageView, [
  'part',
  'date',
  'timeZone',
  'localDate',
  'usageKey',
  'identifierType',
  'originatingIdentifier',
  'terminatingIdentifier',
  'usageIdentifier',
  'value',
  'usageClass',
  'usageClassType',
  'inbound',
  'reverseRating',
  'primaryDataRow',
  'extensions',
  'resolvedIdentifier',
  'accountId',
  'serviceId',
  'rating',
  'cost',
] as const) {}

export class DryRunException {
  @ApiProperty({ enum: ['decode', 'mediate', 'resolve', 'rate', 'store'] }) stage!: string;
  @ApiProperty({ ...TEXT, example: 'rate-usage' }) step!: string | null;
  @ApiProperty({ example: 'rate_not_found' }) code!: string;
  @ApiProperty(TEXT) field!: string | null;
  @ApiProperty() message!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'As of an exception: `{"hidden":true}` stands for usage of an import that the caller may not read.',
  })
  details!: object | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The fields as far as they came.',
  })
  record!: RawJson | null;
}

/** A record of the ledger; without a tracking id one of the dry run. */
export class DryRunPlaceView extends PickType(RecordName, ['index'] as const) implements DryRunPlace {
  @ApiProperty({ ...TEXT, format: 'uuid' }) trackingId!: string | null;
}

export class DryRunRecordView {
  @ApiProperty({ type: 'integer', description: 'Counted from 0 in the order sent.' }) index!: number;
  @ApiProperty({ enum: Object.values(VERDICTS) }) verdict!: (typeof VERDICTS)[keyof typeof VERDICTS];
  @ApiProperty({ ...TEXT, example: 'call-1' }) usageKey!: string | null;
  @ApiProperty({ type: [DryRunUsage], description: 'What would be posted, by part.' }) usage!: DryRunUsage[];
  @ApiProperty({ type: DryRunException, nullable: true }) exception!: DryRunException | null;
  @ApiProperty({ ...TEXT, example: 'zero_value' }) reason!: string | null;
  @ApiProperty({ type: DryRunPlaceView, nullable: true }) duplicateOf!: DryRunPlace | null;
  @ApiProperty({
    type: DryRunPlaceView,
    nullable: true,
    description: 'The record whose usage would be reversed: it is replaced or cancelled.',
  })
  reverses!: DryRunPlace | null;
}

export class DryRunView {
  @ApiProperty() feed!: FeedName;
  @ApiProperty() profile!: ProfileName;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } }) counts!: Record<string, number>;
  @ApiProperty({ type: [DryRunRecordView] }) records!: DryRunRecordView[];
}

/** What a dry run came to, as the API shows it. */
export function toDryRunView(
  { id, name, apiName }: FeedRow,
  { profile, records }: Extract<DryRunReport, { kind: 'run' }>,
): DryRunView {
  const count = (letter: keyof typeof VERDICTS) => records.filter(({ verdict }) => verdict === letter).length;
  return {
    feed: { id, name, apiName },
    profile,
    counts: {
      total: records.length,
      imported: count('i'),
      exception: count('e'),
      skipped: count('s'),
      duplicate: count('d'),
      pending: 0,
    },
    records: records.map(toRecordView),
  };
}

function toRecordView(record: DryRunRecord): DryRunRecordView {
  const { index, verdict, usageKey, reason, duplicateOf, reverses } = record;
  return {
    index,
    verdict: VERDICTS[verdict],
    usageKey,
    usage: record.usage.map((entry, part) => toUsage(entry, part, usageKey)),
    exception: record.exception && toException(record.exception),
    reason,
    duplicateOf,
    reverses,
  };
}

function toUsage(entry: UsageEntry, part: number, usageKey: string | null): DryRunUsage {
  const { resolvedIdentifier: resolved, rating, cost } = entry;
  return {
    ...entry,
    part,
    usageKey,
    localDate: toLocalDate(entry.date, entry.timeZone),
    extensions: new RawJson(entry.extensions),
    resolvedIdentifier: resolved && { field: resolved.field, type: resolved.type, value: resolved.value },
    rating: rating && toRating(rating),
    cost: cost && toRating(cost),
  };
}

const toRating = ({ source, plan, rateId, quantity, unitPrice, amount, currency }: Rating) => ({
  source,
  plan,
  rateId,
  quantity,
  unitPrice,
  amount,
  currency,
});

function toException({ stage, step, rejection, record }: RejectResult): DryRunException {
  const { code, field = null, message, details = null } = rejection;
  return { stage, step, code, field, message, details, record: record === null ? null : new RawJson(record) };
}
