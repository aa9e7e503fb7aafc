import {
  evaluateCondition,
  ok,
  reject,
  type Identifier,
  type Outcome,
  type PipelineRecord,
  type StepContext,
} from 'feedmill/pipeline';
import type { Candidate } from './candidates.js';
import { findOwner, notFound, toType, type KnownIdentifiers, type Wanted } from './owner.js';

/** One record on its way through the candidates. */
export class Resolution {
  private readonly tried: Wanted[] = [];
  /** Fields of the candidates that concerned the record and had no value. */
  private readonly emptyFields = new Set<string>();

  constructor(
    private readonly candidates: readonly Candidate[],
    private readonly record: PipelineRecord,
    /** The usage date, microseconds since 1970. */
    private readonly micros: number,
    private readonly context: StepContext,
    private readonly known: KnownIdentifiers,
  ) {}

  /** Tries the candidates from the one at `index`; synchronous as long as their conditions are. */
  from(index: number): Outcome | Promise<Outcome> {
    for (let i = index; i < this.candidates.length; i++) {
      const candidate = this.candidates[i]!;
      if (!candidate.concerns(this.record)) continue;
      const { when, whenName } = candidate;
      const holds = when === null || evaluateCondition(when, this.record, this.context, whenName);
      if (typeof holds !== 'boolean') {
        return holds.then((does) => (does ? this.try(candidate) : null) ?? this.from(i + 1));
      }
      const outcome = holds ? this.try(candidate) : null;
      if (outcome) return outcome;
    }
    return this.nothingFound();
  }

  private try({ field, type, valueOf }: Candidate): Outcome | null {
    const value = valueOf(this.record);
    if (value === null) {
      this.emptyFields.add(field);
      return null;
    }
    const wanted: Wanted = { field, value, type: toType(type ?? this.record.fields.identifierType) };
    const found = findOwner(wanted, this.micros, this.known);
    if (found === null) {
      this.tried.push(wanted);
      return null;
    }
    return 'kind' in found ? found : this.resolveTo(found, wanted);
  }

  private resolveTo(owner: Identifier, { field, value }: Wanted): Outcome {
    const { fields } = this.record;
    fields.accountId = owner.accountId;
    fields.serviceId = owner.serviceId;
    fields.resolvedIdentifier = { field, type: owner.type, value, identifierId: owner.id };
    fields.attributes = owner.attributes;
    return ok();
  }

  private nothingFound(): Outcome {
    const [first, ...others] = this.tried;
    if (first) return notFound([first, ...others]);
    const fields = [...this.emptyFields];
    const [field] = fields;
    if (field === undefined) return reject('identifier_not_found', 'no candidate concerns this record');
    const none = fields.length === 1 ? 'none' : 'none of them';
    return reject('missing_field', `${fields.join(', ')}: the record has ${none} to resolve`, { field });
  }
}
