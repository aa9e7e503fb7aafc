import { type DynamicModule, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { ExceptionsModule } from '../exceptions/index.js';
import { FeedsModule } from '../feeds/index.js';
import { HistoryModule } from '../history/index.js';
import { installErrorShape } from './error-shape.js';
import { LogisenseExceptionsController } from './exceptions.controller.js';
import { LogisenseHistoryController } from './history.controller.js';
import { LogisenseLoginController } from './login.controller.js';
import { LogisenseUsageController } from './usage.controller.js';

/** The routes of LogiSense's API, for clients that change nothing but a URL and a key. */
@Module({})
export class LogisenseModule implements OnModuleInit {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** @param imports the module that offers `AcceptService` */
  static with(imports: DynamicModule): DynamicModule {
    return {
      module: LogisenseModule,
      imports: [imports, FeedsModule, HistoryModule, ExceptionsModule],
      controllers: [
        LogisenseUsageController,
        LogisenseHistoryController,
        LogisenseExceptionsController,
        LogisenseLoginController,
      ],
    };
  }

  onModuleInit(): void {
    installErrorShape(this.adapterHost.httpAdapter.getInstance<FastifyInstance>());
  }
}
