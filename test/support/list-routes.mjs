/**
 * Prints every route of the built server as JSON, as the running application has them: Fastify's route table, and of
 * Nest's handlers who may call them. A process of its own, because the application's libraries cannot all be loaded
 * inside Jest. Takes DATABASE_URL and REDIS_URL.
 */
import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from '../../dist/apps/server/src/app.module.js';
import { ALL_FEEDS, POLICY } from '../../dist/apps/server/src/auth/index.js';
import { readSettings } from '../../dist/apps/server/src/common/index.js';

const settings = readSettings({ ...process.env, FEEDMILL_ROLE: 'api' });
const app = await NestFactory.create(AppModule.for(settings), new FastifyAdapter(), {
  logger: ['error'],
  bodyParser: false,
});
const table = [];
app
  .getHttpAdapter()
  .getInstance()
  .addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) table.push({ method: name, url: normal(url) });
  });
await app.init();
await app.getHttpAdapter().getInstance().ready();

function normal(...parts) {
  return `/${parts.join('/')}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
}

function handlersOf(controller) {
  const handlers = Object.getOwnPropertyNames(controller.prototype).filter(
    (name) => name !== 'constructor' && Reflect.hasMetadata(METHOD_METADATA, controller.prototype[name]),
  );
  return handlers.map((name) => {
    const handler = controller.prototype[name];
    const of = (key) => Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller) ?? null;
    const paths = (target) => [Reflect.getMetadata(PATH_METADATA, target)].flat();
    return {
      handler: `${controller.name}.${name}`,
      method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler)],
      paths: paths(controller).flatMap((base) => paths(handler).map((path) => normal(base, path))),
      policy: of(POLICY),
      isOfAllFeeds: of(ALL_FEEDS) ?? false,
    };
  });
}

const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [
  ...module.controllers.values(),
]);
const handlers = [...new Set(controllers.map(({ metatype }) => metatype))].flatMap(handlersOf);
process.stdout.write(JSON.stringify({ table, handlers }));
await app.close();
