export { compileExpression } from './compile.js';
export { evaluateCondition } from './condition.js';
export { toView, type RecordView } from './view.js';
