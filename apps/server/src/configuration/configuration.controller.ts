import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { AllFeeds, Allow } from '../auth/index.js';
import { ApiProblems, readQuery } from '../common/index.js';
import { ConfigurationView } from './configuration-view.js';
import { ConfigurationService } from './configuration.service.js';

@Controller('api/v1/admin/configuration')
export class ConfigurationController {
  constructor(private readonly configuration: ConfigurationService) {}

  @Get()
  @Allow('implementer')
  @AllFeeds()
  @ApiOperation({
    summary: 'Show where the configuration folder differs from what is stored',
    description: 'As this process found it when it started: what was changed through the API is left alone.',
  })
  @ApiOkResponse({ type: ConfigurationView })
  @ApiProblems(400, 403)
  get(@Query() query: unknown): ConfigurationView {
    readQuery(query, {});
    return { drift: this.configuration.drift };
  }
}
