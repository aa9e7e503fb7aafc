import { toList } from '../output/table.js';
import { type Paint, toSafeLines } from '../output/terminal.js';
import { toRawText } from '../records/raw.js';
import type {
  ExplainedOutcome,
  ExplainedPart,
  ExplainedStep,
  Explanation,
  FieldChange,
} from './explanation.js';
import { toOutline, toText } from './outline.js';

/** An explanation to read from top to bottom: the record, each step with what it changed and looked at, and the end. */
export function toExplanationText(explanation: Explanation, paint: Paint): string {
  const { raw, steps, outcome, today } = explanation;
  const parts = [
    toHead(explanation, paint),
    titled('Record', toSafeLines(toRawText(raw)), paint),
    ...steps.map((step) => toStepText(step, paint)),
    titled('Outcome', toOutcomeText(outcome), paint),
  ];
  if (today.differs) parts.push(titled('Today', paint.in('yellow', toOutcomeText(today.outcome)), paint));
  return parts.join('\n\n');
}

function toHead(explanation: Explanation, paint: Paint): string {
  const { usage, exception, reversal, revision, profile, referenceVersion, reproduced, today } = explanation;
  const by = reversal?.by && `${reversal.by.trackingId} record ${reversal.by.index}`;
  return toList(
    [
      ['usage', usage?.id],
      ['amount', usage?.rating && `${usage.rating.amount} ${usage.rating.currency}`],
      ['exception', exception && `${exception.id}, ${exception.status}`],
      ['code', exception?.code],
      ['message', exception?.message],
      [
        'reversed by',
        reversal && [reversal.id, reversal.operation ?? by, reversal.reason].filter(Boolean).join(', '),
      ],
      ['profile', `${profile.name} version ${profile.version}`],
      ['reference data', `version ${referenceVersion}, today ${today.referenceVersion}`],
      ['revision', revision === 0 ? null : revision],
      ['reproduced', toReproducedText(reproduced)],
    ],
    paint,
  );
}

function toReproducedText(reproduced: boolean | null): string | null {
  if (reproduced === null) return 'corrected since it was decided, or not run to the end then';
  return reproduced ? null : 'no: plugins or settings of the feed have changed since';
}

function toStepText({ step, stage, taken, parts, today }: ExplainedStep, paint: Paint): string {
  const lines = taken === 0 ? [paint.in('dim', '  the record did not come so far')] : [];
  lines.push(...parts.flatMap((part) => toPartLines(part, taken, paint)));
  if (taken > parts.length) lines.push(paint.in('dim', `  ${taken} parts came to this step`));
  if (lines.length === 0) lines.push(paint.in('dim', '  nothing changed'));
  if (today) {
    lines.push(paint.in('yellow', '  today'));
    const differences = today.differences.map(({ field, then, now }) => ({
      field,
      before: then,
      after: now,
    }));
    lines.push(...differences.map((change) => `  ${toChangeText(change, paint)}`));
    for (const { considered } of today.parts) lines.push(...toConsideredLines(considered, '    '));
  }
  return titled(`${step} (${stage})`, lines.join('\n'), paint);
}

function toPartLines(
  { part, result, reason, changes, considered }: ExplainedPart,
  taken: number,
  paint: Paint,
): string[] {
  const said = reason === null ? result : `${result}: ${reason}`;
  const isTold = result !== 'ok' || taken > 1;
  return [
    ...(isTold ? [`  ${taken > 1 || result === 'split' ? `part ${part} ` : ''}${said}`] : []),
    ...changes.map((change) => toChangeText(change, paint)),
    ...toConsideredLines(considered, '  '),
  ];
}

function toChangeText({ field, before, after }: FieldChange, paint: Paint): string {
  const was = before === null ? '' : `${toText(before)} -> `;
  return `  ${paint.in('green', toText(field))} ${was}${after === null ? 'nothing' : toText(after)}`;
}

function toConsideredLines(considered: unknown, indent: string): string[] {
  return considered === null ? [] : [`${indent}considered:`, ...toOutline(considered, `${indent}  `)];
}

function toOutcomeText({ result, reason, error, parts }: ExplainedOutcome): string {
  if (error)
    return `${result}: ${toText(error.code)}${error.step === null ? '' : ` by ${toText(error.step)}`}, ${toText(error.message)}`;
  if (reason !== null) return `${result}: ${toText(reason)}`;
  return parts > 1 ? `${result} in ${parts} parts` : result;
}

const titled = (title: string, text: string, paint: Paint): string =>
  `${paint.in('bold', toText(title))}\n${text}`;
