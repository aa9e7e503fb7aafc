import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, Param, StreamableFile } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import { Public } from '../../auth/index.js';
import { notFound } from '../../common/index.js';
import { ApiDescription } from './api-description.js';
import { PAGE, START, STYLE } from './page.js';

/** Swagger UI as @nestjs/swagger brings it: only what the page loads is served. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};
const ownRequire = createRequire(import.meta.url);
const assetDir = dirname(
  createRequire(ownRequire.resolve('@nestjs/swagger')).resolve('swagger-ui-dist/package.json'),
);
const FOR_AN_HOUR = 'public, max-age=3600';

/** Everything that the page needs comes from here, so that it works without the internet. */
@ApiExcludeController()
@Public()
@Controller('api')
export class ApiDocsController {
  constructor(private readonly description: ApiDescription) {}

  @Get('openapi.json')
  openapi(): OpenAPIObject {
    return this.description.json;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return PAGE;
  }

  @Get('docs/page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  style(): string {
    return STYLE;
  }

  @Get('docs/start.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  start(): string {
    return START;
  }

  @Get('docs/:asset')
  @Header('cache-control', FOR_AN_HOUR)
  asset(@Param('asset') name: string): StreamableFile {
    const type = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (!type) throw notFound('The page of the API has no such part.');
    return new StreamableFile(createReadStream(join(assetDir, name)), { type });
  }
}
