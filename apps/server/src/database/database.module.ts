import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import pg from 'pg';
import { SETTINGS, type Settings } from '../common/index.js';
import { PG_POOL, createPool } from './pool.js';

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: Settings) => ({
        type: 'postgres' as const,
        url: settings.databaseUrl,
        autoLoadEntities: true,
        synchronize: false,
        migrationsRun: false,
        retryAttempts: 5,
        retryDelay: 1000,
        applicationName: 'feedmill-orm',
        poolSize: 5,
        connectTimeoutMS: 3000,
        extra: { statement_timeout: 30_000, lock_timeout: 10_000, options: '-c TimeZone=UTC' },
        poolErrorHandler: (error: Error) => new Logger('database').warn(error.message),
      }),
    }),
  ],
  providers: [
    {
      provide: PG_POOL,
      inject: [SETTINGS],
      useFactory: (settings: Settings) =>
        createPool(settings.databaseUrl, `feedmill-${settings.role}`, 12, (error) =>
          new Logger('database').warn(error.message),
        ),
    },
  ],
  exports: [PG_POOL],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
