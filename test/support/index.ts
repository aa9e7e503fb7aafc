export { createEmptyDatabase, createTestDatabase, type TestDatabase } from './database.js';
export { required } from './environment.js';
export { ApiClient, type Answer, type ImportView, type RequestOptions } from './http.js';
export {
  PROJECT_DIR,
  redisOf,
  startServer,
  TEST_ADMIN_KEY,
  TestServer,
  type LogLine,
  type ServerOptions,
} from './server.js';
export { untilSettled } from './settled.js';
