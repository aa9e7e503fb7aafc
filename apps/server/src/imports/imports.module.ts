import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from '../common/index.js';
import { AcceptModule } from './accept/accept.module.js';
import { DispatchModule } from './dispatch/dispatch.module.js';
import { KeysModule } from './keys/keys.module.js';
import { RunModule } from './run/run.module.js';

/** The way of a record as far as this process's role goes: `api` accepts, `worker` mediates, both dispatch. */
@Module({})
export class ImportsModule {
  static for(settings: Settings): DynamicModule {
    const dispatch = DispatchModule.for(settings);
    const parts = [
      ...(settings.role === 'worker' ? [] : [AcceptModule.with(dispatch), KeysModule]),
      ...(settings.role === 'api' ? [] : [RunModule.with(dispatch)]),
    ];
    return { module: ImportsModule, imports: [dispatch, ...parts], exports: [dispatch, ...parts] };
  }
}
