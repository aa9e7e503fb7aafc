import { type Column, toList } from '../output/table.js';
import type { Paint } from '../output/terminal.js';
import type { Rating, UsageView } from './entry.js';

export const entryColumns: Column<UsageView>[] = [
  { title: 'id', value: (entry) => entry.id },
  { title: 'date', value: (entry) => entry.date },
  { title: 'feed', value: (entry) => entry.feed.apiName },
  {
    title: 'kind',
    value: (entry) => toKind(entry),
    colour: ({ kind, live }) => (kind === 'reversal' || !live ? 'dim' : null),
  },
  { title: 'account', value: (entry) => entry.accountId, maxWidth: 30 },
  { title: 'service', value: (entry) => entry.serviceId, maxWidth: 30 },
  { title: 'usage class', value: (entry) => entry.usageClass, maxWidth: 30 },
  { title: 'value', value: (entry) => entry.value, align: 'right' },
  { title: 'amount', value: ({ rating }) => toAmount(rating), align: 'right' },
  { title: 'usage key', value: (entry) => entry.usageKey, maxWidth: 40 },
];

export function toEntryText(entry: UsageView, paint: Paint): string {
  const { rating, cost } = entry;
  return toList(
    [
      ['usage', entry.id],
      ['kind', toKind(entry)],
      ['reverses', entry.reverses],
      ['date', `${entry.date} (${entry.localDate} in ${entry.timeZone})`],
      ['posted', entry.late ? `${entry.postedAt}, late` : entry.postedAt],
      ['feed', entry.feed.apiName],
      ['record', `${entry.trackingId} record ${entry.index}${entry.part ? ` part ${entry.part}` : ''}`],
      ['written by', entry.producedBy === entry.trackingId ? null : entry.producedBy],
      ['profile', `${entry.profile.name} version ${entry.profile.version}`],
      ['usage key', entry.usageKey],
      ['originating', entry.originatingIdentifier],
      ['terminating', entry.terminatingIdentifier],
      ['account', entry.accountId],
      ['service', entry.serviceId],
      ['usage class', entry.usageClass],
      ['class type', entry.usageClassType],
      ['value', entry.value],
      ['amount', rating && toRatingText(rating)],
      ['cost', cost && toRatingText(cost)],
    ],
    paint,
  );
}

function toKind({ kind, live, mode }: UsageView): string {
  const shown = kind === 'usage' && !live ? 'reversed' : kind;
  return mode === 'test' ? `test ${shown}` : shown;
}

function toAmount(rating: Rating | null): string | null {
  return rating && `${rating.amount} ${rating.currency}`;
}

function toRatingText({ source, plan, quantity, unitPrice, amount, currency }: Rating): string {
  const how = source === 'given' ? 'given' : `${quantity} x ${unitPrice}, plan ${plan}`;
  return `${amount} ${currency} (${how})`;
}
