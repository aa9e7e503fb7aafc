import { Global, Module } from '@nestjs/common';
import { Audit } from './audit.js';
import { BootstrapKey } from './bootstrap-key.js';

@Global()
@Module({ providers: [Audit, BootstrapKey], exports: [Audit] })
export class AdminModule {}
