export { apply, type Answer } from './apply.js';
export type { Ref } from './key-cell.js';
export { CONTENTS, CURRENCIES } from './pipeline.js';
export type { Operation } from './operation.js';
export { type Request, type Things, toRequest } from './requests.js';
export type { SentRecord } from './sent-record.js';
export { FEEDS, SCOPES, State, textOf } from './state.js';
export {
  entryLine,
  exceptionLine,
  importLine,
  sumsOf,
  totalLine,
  totalsOf,
  verdictLine,
  verdictsOf,
  type View,
  viewOf,
} from './view.js';
