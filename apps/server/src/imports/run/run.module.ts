import { type DynamicModule, Module } from '@nestjs/common';
import { Worker } from './worker.js';

/** Mediation in children of this process; for the roles `worker` and `all`. */
@Module({})
export class RunModule {
  static with(dispatch: DynamicModule): DynamicModule {
    return { module: RunModule, imports: [dispatch], providers: [Worker] };
  }
}
