/** An entry of the ledger as the API shows it; only what the command line reads. */
export interface UsageView {
  id: string;
  trackingId: string;
  index: number;
  part: number;
  producedBy: string;
  feed: { id: number; name: string; apiName: string };
  profile: { name: string; version: number };
  kind: 'usage' | 'reversal';
  live: boolean;
  mode: 'live' | 'test';
  reverses: string | null;
  postedAt: string;
  late: boolean;
  date: string;
  timeZone: string;
  localDate: string;
  usageKey: string | null;
  originatingIdentifier: string | null;
  terminatingIdentifier: string | null;
  value: string;
  usageClass: string | null;
  usageClassType: string | null;
  accountId: string | null;
  serviceId: string | null;
  rating: Rating | null;
  cost: Rating | null;
}

export interface Rating {
  source: string;
  plan: string | null;
  quantity: string | null;
  unitPrice: string | null;
  amount: string;
  currency: string;
}
