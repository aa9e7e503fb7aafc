export {
  differingSteps,
  hasSameOutcome,
  type DifferingStep,
  type StepDifference,
} from './differing-steps.js';
export {
  showTrace,
  type FieldChange,
  type ShownOutcome,
  type ShownPart,
  type ShownStep,
  type ShownTrace,
} from './show-trace.js';
export { traceRecord, type RecordTrace, type VisitResult } from './trace-record.js';
