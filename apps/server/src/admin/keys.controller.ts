import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { AllFeeds, Allow } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  LIST_PARAMETERS,
  type Page,
  readBody,
  readNoBody,
  readQuery,
} from '../common/index.js';
import type { ChangedBy } from './audit.js';
import { ByCaller } from './changed-by.js';
import { CreateKeyDto, KeyView, NewKeyView, RotateKeyDto } from './key.dto.js';
import { KeysService } from './keys.service.js';

@Allow('admin')
@AllFeeds()
@Controller('api/v1/admin/keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Get()
  @ApiOperation({ summary: 'List keys, without their secrets' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(KeyView)
  @ApiProblems(400, 403)
  list(@Query() query: unknown): Promise<Page<KeyView>> {
    return this.keys.list(readQuery(query, LIST_PARAMETERS));
  }

  @Post()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Create a key', description: 'The key is in this answer and never shown again.' })
  @ApiBody({ type: CreateKeyDto })
  @ApiCreatedResponse({ type: NewKeyView })
  @ApiProblems(400, 403, 422)
  create(@ByCaller() by: ChangedBy, @Body() body: unknown, @Query() query: unknown): Promise<NewKeyView> {
    readQuery(query, {});
    return this.keys.create(by, readBody(CreateKeyDto, body, 'invalid_key'));
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Give a key a new secret',
    description: 'The old secret works on for graceSeconds.',
  })
  @ApiBody({ type: RotateKeyDto, required: false })
  @ApiOkResponse({ type: NewKeyView })
  @ApiProblems(400, 403, 404, 409, 422)
  rotate(
    @ByCaller() by: ChangedBy,
    @Param('id') id: string,
    @Body() body: unknown,
    @Query() query: unknown,
  ): Promise<NewKeyView> {
    readQuery(query, {});
    const { graceSeconds } = readBody(RotateKeyDto, body, 'invalid_request');
    return this.keys.rotate(by, id, graceSeconds ?? undefined);
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Revoke a key',
    description: 'Works on every process within seconds, and for ever.',
  })
  @ApiOkResponse({ type: KeyView })
  @ApiProblems(400, 403, 404, 409, 422)
  revoke(
    @ByCaller() by: ChangedBy,
    @Param('id') id: string,
    @Body() body: unknown,
    @Query() query: unknown,
  ): Promise<KeyView> {
    readQuery(query, {});
    readNoBody(body);
    return this.keys.revoke(by, id);
  }
}
