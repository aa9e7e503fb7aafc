import { Controller, Get } from '@nestjs/common';
import type { PluginsDescription } from 'feedmill/plugin-host';
import { Allow, READERS } from '../auth/index.js';
import { PluginsService } from './plugins.service.js';

@Controller('api/v1/plugins')
export class PluginsController {
  constructor(private readonly plugins: PluginsService) {}

  /** Every step type with its JSON Schema, and every folder that failed to load, with the reason. */
  @Get()
  @Allow(...READERS)
  list(): Promise<PluginsDescription> {
    return this.plugins.list();
  }
}
