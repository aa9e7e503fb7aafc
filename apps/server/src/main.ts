import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigError } from 'feedmill/pipeline';
import { AppModule } from './app.module.js';
import {
  PinoNestLogger,
  type Settings,
  answerBrokenRequest,
  answerRefusedUrl,
  createLog,
  installBodyParser,
  readSettings,
  requestIdOf,
} from './common/index.js';
import { migrate } from './database/index.js';
import { ApiDescription } from './operations/index.js';

/** How long requests and chunks in flight may take to end after SIGTERM. */
const SHUTDOWN_DEADLINE_MS = 25_000;

/** Room for the longest cursor beside the usual headers. */
const MAX_HEADER_BYTES = 32 * 1024;

async function boot(settings: Settings): Promise<void> {
  const log = createLog(settings.logLevel, settings.role);
  await migrate(settings.databaseUrl);
  const adapter = new FastifyAdapter({
    bodyLimit: settings.maxBodyBytes,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    requestTimeout: 60_000,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    genReqId: requestIdOf,
    routerOptions: { maxParamLength: 600 },
    frameworkErrors: answerRefusedUrl,
    clientErrorHandler: answerBrokenRequest,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(settings), adapter, {
    logger: new PinoNestLogger(log),
    bodyParser: false,
    abortOnError: false,
  });
  installBodyParser(adapter.getInstance(), settings.maxBodyBytes);
  app.enableShutdownHooks();
  app.get(ApiDescription).read(app);
  let isEnding = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      isEnding = true;
      setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE_MS).unref();
    });
  }
  // Connections that are cut while closing fail promises that nobody waits for any more.
  process.on('unhandledRejection', (error) => {
    log[isEnding ? 'debug' : 'fatal']({ err: error }, 'A failure that nothing handled');
    if (!isEnding) process.exit(1);
  });
  await app.listen(settings.port, settings.host);
  log.info({ url: await app.getUrl() }, 'Feedmill is ready');
}

try {
  await boot(readSettings(process.env));
} catch (error) {
  const lines =
    error instanceof ConfigError ? error.problems.map((p) => `${p.pointer}: ${p.message}`) : [String(error)];
  for (const line of lines) process.stderr.write(`feedmill: ${line}\n`);
  process.exit(1);
}
