/**
 * Prints every route of the built server as JSON: its methods, its paths and its policy. A process of its own,
 * because the application's libraries cannot all be loaded inside Jest.
 */
import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { AppModule } from '../../dist/apps/server/src/app.module.js';
import { POLICY } from '../../dist/apps/server/src/auth/index.js';
import { readSettings } from '../../dist/apps/server/src/common/index.js';

const settings = readSettings({ DATABASE_URL: 'postgres://127.0.0.1/none', REDIS_URL: 'redis://127.0.0.1' });
const seen = new Set();

function routesOf(module) {
  const type = typeof module === 'function' ? module : module?.module;
  if (!type || seen.has(module)) return [];
  seen.add(module);
  const listed = (name) => [...(Reflect.getMetadata(name, type) ?? []), ...(module[name] ?? [])];
  return [
    ...listed(MODULE_METADATA.CONTROLLERS).flatMap(handlersOf),
    ...listed(MODULE_METADATA.IMPORTS).flatMap(routesOf),
  ];
}

function handlersOf(controller) {
  const handlers = Object.getOwnPropertyNames(controller.prototype).filter(
    (name) => name !== 'constructor' && Reflect.hasMetadata(METHOD_METADATA, controller.prototype[name]),
  );
  return handlers.map((name) => {
    const handler = controller.prototype[name];
    const join = (base) =>
      [Reflect.getMetadata(PATH_METADATA, handler)].flat().map((path) => `/${base}/${path}`);
    return {
      handler: `${controller.name}.${name}`,
      method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler)],
      paths: [Reflect.getMetadata(PATH_METADATA, controller)].flat().flatMap(join),
      policy: Reflect.getMetadata(POLICY, handler) ?? Reflect.getMetadata(POLICY, controller) ?? null,
    };
  });
}

console.log(JSON.stringify(routesOf(AppModule.for(settings))));
