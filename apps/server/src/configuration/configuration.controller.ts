import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Allow } from '../auth/index.js';
import { readQuery } from '../common/index.js';
import { ConfigurationService, type Drift } from './configuration.service.js';

@Controller('api/v1/admin/configuration')
export class ConfigurationController {
  constructor(private readonly configuration: ConfigurationService) {}

  @Get()
  @Allow('implementer')
  @ApiOperation({
    summary: 'Show where the configuration folder differs from what is stored',
    description: 'As this process found it when it started: what was changed through the API is left alone.',
  })
  get(@Query() query: unknown): { drift: readonly Drift[] } {
    readQuery(query, {});
    return { drift: this.configuration.drift };
  }
}
