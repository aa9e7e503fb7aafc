export { compileExpression } from './compile.js';
export { evaluateCondition } from './condition.js';
export { toView, updateView, type RecordView } from './view.js';
