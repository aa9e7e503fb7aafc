import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessTokens } from './access-tokens.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { KeyUse } from './key-use.js';
import { KnownKeys } from './known-keys.js';

@Global()
@Module({
  providers: [AccessTokens, KnownKeys, KeyUse, Authenticator, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [AccessTokens, Authenticator],
})
export class AuthModule {}
