import type { Client } from 'pg';
import type { UsageResult } from 'feedmill/pipeline';
import type { Item, KeyPolicy } from './conflict-rules.js';
import { openPosting } from './posting.js';
import { type Reversal, type UsageBatch, copyUsage, reverseUsage, usageLines } from './store-rows.js';
import type { RecordRef } from './verdict.js';

/** What the entries of a posting share. */
type PostingFacts = Omit<UsageBatch, 'postingId' | 'closed'> & {
  readonly keyPolicy: Pick<KeyPolicy, 'closed'>;
};

/** A posting, and the accepted records whose entries it has. */
export interface Posted {
  readonly postingId: number;
  readonly refs: readonly RecordRef[];
}

/** What was to be taken back is not there any more. */
export class ReversalMissed extends Error {
  constructor() {
    super('Usage left the ledger, or its period was closed, while it was being reversed');
  }
}

/**
 * Posts what decided records write: the entries of those that became usage, and the reversals of what is taken back.
 * @returns null where there is nothing to post
 */
export async function postUsage(
  client: Client,
  facts: PostingFacts,
  items: readonly Item[],
  reversals: readonly Reversal[],
): Promise<Posted | null> {
  const refs: RecordRef[] = [];
  const writing: [Item, UsageResult][] = [];
  let entries = 0;
  let reversedParts = 0;
  for (const item of items) {
    reversedParts += item.reversedParts ?? 0;
    if (item.decision!.verdict !== 'i' || item.result.kind !== 'usage') continue;
    writing.push([item, item.result]);
    refs.push(item.ref);
    entries += item.result.parts.length;
  }
  for (const { of } of reversals) refs.push(of.ref);
  if (refs.length === 0) return null;
  const postingId = await openPosting(client, refs, entries + reversedParts);
  const batch: UsageBatch = { ...facts, postingId, closed: facts.keyPolicy.closed };
  const lines = writing.map(([{ ref, decision }, result]) =>
    usageLines(batch, ref, result, decision!.generation),
  );
  await copyUsage(client, lines);
  if ((await reverseUsage(client, batch, reversals)) !== reversedParts) {
    throw new ReversalMissed();
  }
  return { postingId, refs };
}
