import { Core1790000000001 } from './0001-core.js';
import { Keys1790000000002 } from './0002-keys.js';
import { Tables1790000000003 } from './0003-tables.js';
import { Rates1790000000004 } from './0004-rates.js';
import { LedgerOrder1790000000005 } from './0005-ledger-order.js';
import { ExpectedFeeds1790000000006 } from './0006-expected-feeds.js';
import { Retention1790000000007 } from './0007-retention.js';
import { LogInAndSearch1790000000008 } from './0008-log-in-and-search.js';
import { TableHistory1790000000009 } from './0009-table-history.js';
import { TestExceptions1790000000010 } from './0010-test-exceptions.js';
import { Corrections1790000000011 } from './0011-corrections.js';
import { DiscardedKeys1790000000012 } from './0012-discarded-keys.js';
import { OriginPlaces1790000000013 } from './0013-origin-places.js';
import { PeriodDates1790000000014 } from './0014-period-dates.js';
import { CorrectedKeys1790000000015 } from './0015-corrected-keys.js';
import { HealingByFeed1790000000016 } from './0016-healing-by-feed.js';
import { AmendedRecords1790000000017 } from './0017-amended-records.js';
import { Orphans1790000000019 } from './0019-orphans.js';
import { FirstRejections1790000000020 } from './0020-first-rejections.js';
import { OpenUsageHash1790000000022 } from './0022-open-usage-hash.js';
import { GuardsAndLanes1790000000023 } from './0023-guards-and-lanes.js';

/** In the order they are applied. */
export const migrations = [
  Core1790000000001,
  Keys1790000000002,
  Tables1790000000003,
  Rates1790000000004,
  LedgerOrder1790000000005,
  ExpectedFeeds1790000000006,
  Retention1790000000007,
  LogInAndSearch1790000000008,
  TableHistory1790000000009,
  TestExceptions1790000000010,
  Corrections1790000000011,
  DiscardedKeys1790000000012,
  OriginPlaces1790000000013,
  PeriodDates1790000000014,
  CorrectedKeys1790000000015,
  HealingByFeed1790000000016,
  AmendedRecords1790000000017,
  Orphans1790000000019,
  FirstRejections1790000000020,
  OpenUsageHash1790000000022,
  GuardsAndLanes1790000000023,
];
