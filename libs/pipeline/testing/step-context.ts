import { toConfig } from '../config-check.js';
import { compileExpression } from '../expression/index.js';
import { toMicros } from '../instant.js';
import type { Identifier, LookupTable, Rate, RatePlan, ReferenceData } from '../reference.js';
import type { FeedContext, StepContext, StepHost, StepType } from '../step.js';

/** Reference data as a test writes it: dates as canonical texts, everything optional that can be. */
export interface TestReference {
  readonly identifiers?: readonly TestIdentifier[];
  readonly ratePlans?: readonly TestRatePlan[];
  readonly tables?: readonly TestTable[];
}

export type TestIdentifier = Pick<Identifier, 'value' | 'accountId'> &
  Partial<Omit<Identifier, 'validFrom' | 'validTo'>> &
  TestValidity;

export interface TestRatePlan {
  readonly name: string;
  readonly currency?: string;
  readonly rates: readonly TestRate[];
}

export type TestRate = Pick<Rate, 'usageClass' | 'unitPrice'> &
  Partial<Omit<Rate, 'validFrom' | 'validTo'>> &
  TestValidity;

export interface TestTable {
  readonly name: string;
  readonly key: readonly string[];
  /** Cells by column, and the row's validity. */
  readonly rows: readonly (Readonly<Record<string, string>> & TestValidity)[];
}

export interface TestValidity {
  readonly validFrom?: string;
  readonly validTo?: string;
}

/** What a test says of its feed and reference data; the rest is a feed in UTC without any. */
export interface TestContext {
  readonly feed?: Partial<FeedContext>;
  readonly acceptedAt?: string;
  readonly reference?: TestReference;
}

const FEED: FeedContext = {
  id: 1,
  name: 'test-feed',
  apiName: 'testFeed',
  format: 'records',
  timeZone: 'UTC',
  dstOverlap: 'earlier',
  dstGap: 'reject',
  rows: null,
  parameters: {},
};

/** A context for steps under test. */
export function stepContext({ feed, acceptedAt, reference }: TestContext = {}): StepContext {
  return {
    feed: { ...FEED, ...feed },
    acceptedAt: acceptedAt ?? '2026-01-01T00:00:00Z',
    reference: referenceOf(reference ?? {}),
  };
}

/** A host whose expressions are the real ones. */
export const testHost: StepHost = { expression: compileExpression };

/**
 * A step of a type, made as the engine makes it: the config checked, defaults filled in.
 * @throws ConfigError as saving a profile would
 */
export function createStep<T extends StepType>(type: T, config: object): ReturnType<T['create']> {
  return type.create(toConfig(type.config, config, ''), testHost) as ReturnType<T['create']>;
}

function referenceOf({ identifiers = [], ratePlans = [], tables = [] }: TestReference): ReferenceData {
  const rows = identifiers.map(toIdentifier);
  const plans = new Map(ratePlans.map((plan) => [plan.name, toRatePlan(plan)]));
  const tablesByName = new Map(tables.map((table) => [table.name, toTable(table)]));
  return {
    identifiers(values) {
      const found = new Map<string, Identifier[]>();
      for (const row of rows) {
        if (values.has(row.value)) found.set(row.value, [...(found.get(row.value) ?? []), row]);
      }
      return Promise.resolve(found);
    },
    ratePlans: (names) => Promise.resolve(new Map([...plans].filter(([name]) => names.has(name)))),
    table: (name) => Promise.resolve(tablesByName.get(name)),
  };
}

function toIdentifier(row: TestIdentifier, i: number): Identifier {
  return {
    id: `identifier-${i}`,
    type: 'Unknown',
    serviceId: 'service',
    attributes: {},
    ...row,
    ...validity(row),
  };
}

function toRatePlan({ name, currency = 'USD', rates }: TestRatePlan): RatePlan {
  return { name, currency, rates: rates.map((rate, i) => toRate(rate, `${name}-${i}`)) };
}

function toRate(rate: TestRate, id: string): Rate {
  return {
    id,
    usageClassType: null,
    match: {},
    per: '1',
    increment: null,
    minimumQuantity: null,
    setupAmount: null,
    minimumAmount: null,
    scale: null,
    rounding: 'halfUp',
    base: null,
    ...rate,
    ...validity(rate),
  };
}

function toTable({ name, key, rows }: TestTable): LookupTable {
  const parts = rows.map(({ validFrom, validTo, ...cells }, i) => ({
    id: `${name}-${i}`,
    cells,
    ...validity({ validFrom, validTo }),
  }));
  const columns = [...new Set([...key, ...parts.flatMap(({ cells }) => Object.keys(cells))])];
  return { name, key, columns, rows: parts };
}

function validity({ validFrom, validTo }: TestValidity): { validFrom: number; validTo: number } {
  return {
    validFrom: validFrom === undefined ? -Infinity : toMicros(validFrom),
    validTo: validTo === undefined ? Infinity : toMicros(validTo),
  };
}
