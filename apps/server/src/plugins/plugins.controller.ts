import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { PluginsDescription } from 'feedmill/plugin-host';
import { Allow, READERS } from '../auth/index.js';
import { ApiProblems, readQuery } from '../common/index.js';
import { PluginsView } from './plugins-view.js';
import { PluginsService } from './plugins.service.js';

@Controller('api/v1/plugins')
export class PluginsController {
  constructor(private readonly plugins: PluginsService) {}

  /** Every step type with its JSON Schema, and every folder that failed to load, with the reason. */
  @Get()
  @Allow(...READERS)
  @ApiOkResponse({ type: PluginsView })
  @ApiProblems(400, 403)
  list(@Query() query: unknown): Promise<PluginsDescription> {
    readQuery(query, {});
    return this.plugins.list();
  }
}
