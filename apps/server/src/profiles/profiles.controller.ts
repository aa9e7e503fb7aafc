import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, READERS } from '../auth/index.js';
import { Problem, readBody, LIST_PARAMETERS, readQuery } from '../common/index.js';
import { CreateProfileDto, PublishVersionDto } from './profile.dto.js';
import { ProfilesService } from './profiles.service.js';

@Controller('api/v1/profiles')
export class ProfilesController {
  constructor(private readonly profiles: ProfilesService) {}

  @Get()
  @Allow(...READERS)
  list(@Query() query: unknown) {
    return this.profiles.list(readQuery(query, LIST_PARAMETERS));
  }

  @Post()
  @Allow('implementer')
  create(@ByCaller() by: ChangedBy, @Body() body: unknown) {
    const { name, description } = readBody(CreateProfileDto, body, 'invalid_profile');
    return this.profiles.create(by, name, description);
  }

  @Get(':name')
  @Allow(...READERS)
  get(@Param('name') name: string) {
    return this.profiles.get(name);
  }

  @Get(':name/versions')
  @Allow(...READERS)
  listVersions(@Param('name') name: string, @Query() query: unknown) {
    return this.profiles.listVersions(name, readQuery(query, LIST_PARAMETERS));
  }

  @Post(':name/versions')
  @Allow('implementer')
  createDraft(@ByCaller() by: ChangedBy, @Param('name') name: string, @Body() body: unknown) {
    return this.profiles.createDraft(by, name, body);
  }

  @Get(':name/versions/:version')
  @Allow(...READERS)
  getVersion(@Param('name') name: string, @Param('version') version: string) {
    return this.profiles.getVersion(name, toVersionNumber(version));
  }

  @Put(':name/versions/:version')
  @Allow('implementer')
  changeDraft(
    @ByCaller() by: ChangedBy,
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() body: unknown,
  ) {
    return this.profiles.changeDraft(by, name, toVersionNumber(version), body);
  }

  @Post(':name/versions/:version/publish')
  @HttpCode(200)
  @Allow('implementer')
  publish(
    @ByCaller() by: ChangedBy,
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() body: unknown,
  ) {
    const { comment } = readBody(PublishVersionDto, body, 'invalid_request');
    return this.profiles.publish(by, name, toVersionNumber(version), comment);
  }
}

function toVersionNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Problem(404, 'version_not_found', 'Versions are numbered 1, 2, 3 ...');
}
