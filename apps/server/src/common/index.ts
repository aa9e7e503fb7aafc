export { RawBody, installBodyParser, type TextBody } from './body.js';
export { PinoNestLogger, createLog } from './logging.js';
export { Problem, type ProblemDetail, badParameter, forbidden, unavailable } from './problem.js';
export { ProblemFilter, problemBody, toProblem } from './problem.filter.js';
export { SETTINGS, type Settings, readSettings } from './settings.js';
