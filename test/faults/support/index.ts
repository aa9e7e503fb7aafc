export { balanceOf, ledgerOf } from './ledger.js';
export { Mill, type MillOptions } from './mill.js';
export { verify } from './oracle.js';
export { post, type Posted } from './posting.js';
export { childrenOf, signal } from './processes.js';
export { Random, seededRandom } from './random.js';
export { inBatches, Records, type SentRecord } from './records.js';
export { OwnPostgres, OwnRedis } from './services.js';
export { eventually, TERMINAL_MS } from './waiting.js';
