import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { KeyUse } from './key-use.js';
import { KnownKeys } from './known-keys.js';

@Global()
@Module({
  providers: [KnownKeys, KeyUse, Authenticator, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [Authenticator],
})
export class AuthModule {}
