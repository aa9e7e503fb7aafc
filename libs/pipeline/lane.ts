import type { Rejection } from './outcome.js';
import type { PipelineRecord } from './record.js';
import { TOO_LONG, toRecordText } from './record-text.js';
import type { RecordResult } from './result.js';
import type { Stage, StepContext } from './step.js';
import { toCleanJsonText } from './json-text.js';
import { cleanText } from './text.js';

const MAX_DETAILS_BYTES = 8 * 1024;

/** The way of one accepted record: its parts as long as it goes on, then its result. */
export class Lane {
  parts: PipelineRecord[] = [];
  key: string | null = null;
  decodedHash: string | null = null;
  usageHash: string | null = null;
  /** Of the decoded form in which a changed record was sent. */
  sentHash: string | null = null;
  result: RecordResult | null = null;
  private firstReason: string | null = null;

  constructor(
    readonly index: number,
    readonly context: StepContext,
  ) {}

  /** Takes a part out on purpose; without parts the record is skipped, for the first part's reason. */
  skip(part: PipelineRecord, reason: string): void {
    this.firstReason ??= reason;
    this.parts = this.parts.filter((other) => other !== part);
    if (this.parts.length === 0) {
      this.result = { ...this.base(), kind: 'skip', reason: this.firstReason, fields: part.fields };
    }
  }

  /** The record withdraws an earlier one: no step sees it. */
  cancel(): void {
    this.parts = [];
    this.result = {
      index: this.index,
      key: this.key!,
      decodedHash: this.decodedHash!,
      kind: 'cancel',
    };
  }

  /** One rejected part makes the whole record an exception. */
  reject(stage: Stage, step: string | null, rejection: Rejection, part: PipelineRecord | null): void {
    this.parts = [];
    this.result = {
      ...this.base(),
      kind: 'reject',
      stage,
      step,
      rejection: storable(rejection),
      record: part && toRecordText(part.fields),
      ...(this.usageHash !== null && { usageHash: this.usageHash }),
    };
  }

  base(): { readonly index: number; readonly key: string | null; readonly decodedHash: string | null } {
    return { index: this.index, key: this.key, decodedHash: this.decodedHash };
  }
}

/** A rejection as the database can hold it: texts of at most 1 kB, details as bounded JSON. */
function storable({ code, message, field, details, missing }: Rejection): Rejection {
  return {
    code,
    message: cleanText(message),
    ...(field !== undefined && { field: cleanText(field) }),
    ...(details !== undefined && {
      details: JSON.parse(toCleanJsonText(details, MAX_DETAILS_BYTES, TOO_LONG)) as Record<string, unknown>,
    }),
    ...(missing && {
      missing: {
        kind: missing.kind,
        ...(missing.type !== undefined && { type: cleanText(missing.type) }),
        value: cleanText(missing.value),
      },
    }),
  };
}
