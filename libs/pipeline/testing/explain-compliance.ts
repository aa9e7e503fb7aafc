import { RecordError } from '../errors.js';
import { isStorableData, toJsonText } from '../json-text.js';
import type { PipelineRecord } from '../record.js';
import type { Step, StepContext, StepType } from '../step.js';

/** The same step type; whatever its steps' `explain` does wrong is noted each time that they are applied. */
export function watchingExplain(type: StepType, problems: Set<string>): StepType {
  if (type.stage === 'decode') return type;
  const watched = (step: Step): Step => ({
    ...(step.prepare && { prepare: (records, context) => step.prepare!(records, context) }),
    async apply(record, context, prepared) {
      const problem = await explainProblem(step, record, context, prepared);
      if (problem) problems.add(`explain ${problem}`);
      return step.apply(record, context, prepared);
    },
  });
  return {
    ...type,
    create(config, host) {
      const step = type.create(config, host);
      return step.explain ? watched(step) : step;
    },
  };
}

async function explainProblem(
  step: Step,
  record: PipelineRecord,
  context: StepContext,
  prepared: unknown,
): Promise<string | null> {
  const before = toJsonText(record.fields);
  const texts: string[] = [];
  for (let n = 0; n < 2; n++) {
    try {
      const considered = await step.explain!(record, context, prepared);
      if (typeof considered !== 'object' || !isStorableData(considered)) return 'must give JSON';
      texts.push(toJsonText(considered));
    } catch (error) {
      if (!(error instanceof RecordError)) return `crashes: ${String(error)}`;
      texts.push(error.message);
    }
  }
  if (toJsonText(record.fields) !== before) return 'changes the record';
  return texts[0] === texts[1] ? null : 'gives something else when it is asked again';
}
