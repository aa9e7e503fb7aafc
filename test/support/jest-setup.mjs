import { jest } from '@jest/globals';
import 'reflect-metadata';

/** Milliseconds one test may take, by the height of its file; a test that knows better passes its own. */
const path = expect.getState().testPath ?? '';
const TIMEOUTS_MS = { 'e2e-spec.ts': 120_000, 'int-spec.ts': 30_000 };
const height = Object.keys(TIMEOUTS_MS).find((ending) => path.endsWith(ending));
jest.setTimeout(height ? TIMEOUTS_MS[height] : 10_000);
