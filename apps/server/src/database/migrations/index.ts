import { Core1790000000001 } from './0001-core.js';

/** In the order they are applied. */
export const migrations = [Core1790000000001];
