import {
  ConfigError,
  ok,
  reject,
  toMicros,
  type ConfigProblem,
  type LookupTable,
  type Outcome,
  type PipelineRecord,
} from 'feedmill/pipeline';
import type { Config } from './config.js';
import { explainRows } from './explain-rows.js';
import { Unreadable } from './levels.js';
import { problem } from './problem.js';
import { compileQuestions, type Question, type Questions } from './question.js';
import { indexOf, misfit, type TableIndex } from './table-index.js';
import { compileTargets, type SetFields } from './targets.js';

/** The table as a chunk found it: ready to be searched, or what every record of the chunk is told. */
export type Prepared =
  { readonly index: TableIndex; readonly table: LookupTable } | { readonly refusal: Refusal };

interface Refusal {
  readonly code: 'lookup_not_found' | 'table_mismatch';
  readonly message: string;
}

/** One configured look-up. */
export class Lookup {
  private readonly questions: Questions;
  private readonly setFields: SetFields;
  private readonly prepared = new WeakMap<LookupTable, Prepared>();

  /** @throws ConfigError with every problem */
  constructor(private readonly config: Config) {
    const problems: ConfigProblem[] = [];
    this.questions = compileQuestions(config.match, problems);
    this.setFields = compileTargets(config.set, problems);
    if (config.notFound === 'default' && config.set.every((target) => target.default === undefined))
      problems.push(problem('/notFound', 'needs a default of one field at least'));
    if (problems.length > 0) throw new ConfigError(problems);
  }

  /** Indexes a table once, for as long as it is the same. */
  prepare(table: LookupTable | undefined): Prepared {
    if (!table) return { refusal: { code: 'lookup_not_found', message: `there is no table ${this.named}` } };
    let prepared = this.prepared.get(table);
    if (!prepared) {
      const why = misfit(
        table,
        this.questions.columns,
        this.config.set.map(({ column }) => column),
      );
      prepared =
        why === null
          ? { index: indexOf(table, this.questions.matching), table }
          : { refusal: { code: 'table_mismatch', message: `table ${this.named} ${why}` } };
      this.prepared.set(table, prepared);
    }
    return prepared;
  }

  apply(record: PipelineRecord, prepared: Prepared): Outcome {
    const question = this.questions.ask(record);
    if ('refusal' in prepared) return this.refused(prepared.refusal, question);
    if ('emptyField' in question) return this.empty(record, question.emptyField);
    const { index } = prepared;
    const { date } = record.fields;
    if (index.hasValidities && date === undefined)
      return reject('missing_field', `date: the record has none, and table ${this.named} differs by date`, {
        field: 'date',
      });
    const row = index.find(question, index.hasValidities ? toMicros(date!) : 0);
    if (row instanceof Unreadable) return reject('table_mismatch', `table ${this.named}: ${row.why}`);
    if (!row) return this.notFound(record, question, index.hasValidities ? date! : null);
    this.setFields(record, row);
    return ok();
  }

  /** The rows that fit the record at any time, and why they are passed over. */
  explain(record: PipelineRecord, prepared: Prepared): object {
    const { table } = this.config;
    if ('refusal' in prepared) return { table, result: 'refused', why: prepared.refusal.message };
    return { table, ...explainRows(this.questions, record, prepared) };
  }

  private notFound(record: PipelineRecord, { text }: Question, date: string | null): Outcome {
    if (this.config.notFound !== 'reject') return this.goOn(record);
    const values = this.config.match.length > 1 ? ` (${this.questions.fields.join('/')})` : '';
    const at = date === null ? '' : ` at ${date}`;
    const message = `no row of table ${this.named} for ${JSON.stringify(text)}${values}${at}`;
    return this.missing('lookup_not_found', message, text);
  }

  private empty(record: PipelineRecord, field: string): Outcome {
    if (this.config.notFound !== 'reject') return this.goOn(record);
    const message = `${field}: the record has none to look up in table ${this.named}`;
    return reject('missing_field', message, { field });
  }

  private goOn(record: PipelineRecord): Outcome {
    if (this.config.notFound === 'default') this.setFields(record, undefined);
    return ok();
  }

  /** What the profile or the table must be mended for: `notFound` is about rows, not about this. */
  private refused({ code, message }: Refusal, question: Question | { emptyField: string }): Outcome {
    if (code === 'table_mismatch' || 'emptyField' in question) return reject(code, message);
    return this.missing(code, message, question.text);
  }

  private missing(code: string, message: string, value: string): Outcome {
    return reject(code, message, {
      field: this.config.match[0]!.from,
      missing: { kind: 'table', type: this.config.table, value },
    });
  }

  private get named(): string {
    return `"${this.config.table}"`;
  }
}
