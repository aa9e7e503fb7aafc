import { Global, Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditLog } from './audit-log.service.js';
import { Audit } from './audit.js';
import { BootstrapKey } from './bootstrap-key.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';

@Global()
@Module({
  controllers: [KeysController, AuditController],
  providers: [Audit, AuditLog, BootstrapKey, KeysService],
  exports: [Audit],
})
export class AdminModule {}
