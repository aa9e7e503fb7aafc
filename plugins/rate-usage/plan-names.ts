import { compileEach, fieldTemplate, usageFieldKind, type PipelineRecord } from 'feedmill/pipeline';
import type { Config } from './config.js';

/** A plan of the config, whose name may depend on the record. */
export interface PlanName {
  /** As the config has it, e.g. `account-{accountId}`. */
  readonly template: string;
  /** The name for a record; undefined where it has no value for a field in braces. */
  readonly of: (record: PipelineRecord) => string | undefined;
  /** Whether it is the same for all records. */
  readonly isFixed: boolean;
}

/** The plans of the config in their order. @throws ConfigError for names that cannot be read */
export function compilePlanNames({ plan, plans }: Pick<Config, 'plan' | 'plans'>): PlanName[] {
  return compileEach(templatesOf({ plan, plans }), (template, i) => {
    const { fields, textOf } = fieldTemplate(template, plans ? `/plans/${i}` : '/plan');
    const isFixed = fields.length === 0;
    return { template, of: isFixed ? () => template : textOf, isFixed };
  });
}

/** All plans that records ask for. */
export function namesFor(planNames: readonly PlanName[], records: readonly PipelineRecord[]): Set<string> {
  const names = new Set<string>();
  for (const { of, isFixed } of planNames) {
    for (const record of isFixed ? records.slice(0, 1) : records) {
      const name = of(record);
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** The fields in braces that a step before must set: such as no source has by itself. */
export function fieldsOfPlanNames(config: Pick<Config, 'plan' | 'plans'>): string[] {
  return templatesOf(config)
    .flatMap((template) => fieldTemplate(template, '').fields)
    .map((path) => path.split('.')[0]!)
    .filter((field) => field === 'attributes' || usageFieldKind(field) !== undefined);
}

function templatesOf({ plan, plans }: Pick<Config, 'plan' | 'plans'>): readonly string[] {
  return plans ?? (plan === undefined ? [] : [plan]);
}
