import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, READERS } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  LIST_PARAMETERS,
  Problem,
  readBody,
  readQuery,
} from '../common/index.js';
import { ProfileVersionView, ProfileView } from './profile-view.js';
import { CreateProfileDto, DefinitionDto, PublishVersionDto } from './profile.dto.js';
import { ProfilesService } from './profiles.service.js';

@Controller('api/v1/profiles')
export class ProfilesController {
  constructor(private readonly profiles: ProfilesService) {}

  @Get()
  @Allow(...READERS)
  @ApiOperation({ summary: 'List profiles' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(ProfileView)
  @ApiProblems(400, 403)
  list(@Query() query: unknown) {
    return this.profiles.list(readQuery(query, LIST_PARAMETERS));
  }

  @Post()
  @Allow('implementer')
  @ApiOperation({ summary: 'Create a profile', description: 'Its versions follow.' })
  @ApiBody({ type: CreateProfileDto })
  @ApiCreatedResponse({ type: ProfileView })
  @ApiProblems(403, 409, 422)
  create(@ByCaller() by: ChangedBy, @Body() body: unknown) {
    const { name, description } = readBody(CreateProfileDto, body, 'invalid_profile');
    return this.profiles.create(by, name, description ?? undefined);
  }

  @Get(':name')
  @Allow(...READERS)
  @ApiOperation({ summary: 'Show a profile' })
  @ApiOkResponse({ type: ProfileView })
  @ApiProblems(400, 403, 404)
  get(@Param('name') name: string, @Query() query: unknown) {
    readQuery(query, {});
    return this.profiles.get(name);
  }

  @Get(':name/versions')
  @Allow(...READERS)
  @ApiOperation({ summary: 'List the versions of a profile' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(ProfileVersionView)
  @ApiProblems(400, 403, 404)
  listVersions(@Param('name') name: string, @Query() query: unknown) {
    return this.profiles.listVersions(name, readQuery(query, LIST_PARAMETERS));
  }

  @Post(':name/versions')
  @Allow('implementer')
  @ApiOperation({ summary: 'Create a draft version', description: 'Refused with every problem at once.' })
  @ApiBody({ type: DefinitionDto })
  @ApiCreatedResponse({ type: ProfileVersionView })
  @ApiProblems(403, 404, 422)
  createDraft(@ByCaller() by: ChangedBy, @Param('name') name: string, @Body() body: unknown) {
    return this.profiles.createDraft(by, name, body);
  }

  @Get(':name/versions/:version')
  @Allow(...READERS)
  @ApiOperation({ summary: 'Show a version' })
  @ApiOkResponse({ type: ProfileVersionView })
  @ApiProblems(400, 403, 404)
  getVersion(@Param('name') name: string, @Param('version') version: string, @Query() query: unknown) {
    readQuery(query, {});
    return this.profiles.getVersion(name, toVersionNumber(version));
  }

  @Put(':name/versions/:version')
  @Allow('implementer')
  @ApiOperation({ summary: 'Replace the definition of a draft' })
  @ApiBody({ type: DefinitionDto })
  @ApiOkResponse({ type: ProfileVersionView })
  @ApiProblems(403, 404, 409, 422)
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
  @ApiOperation({
    summary: 'Publish a draft',
    description: 'New imports use it; the version before is retired.',
  })
  @ApiBody({ type: PublishVersionDto })
  @ApiOkResponse({ type: ProfileVersionView })
  @ApiProblems(403, 404, 409, 422)
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
