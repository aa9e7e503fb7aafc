import { Injectable, type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { addCommonProblems } from './common-problems.js';
import { INGEST_EXAMPLES, PROBLEM_SCHEMA } from './examples.js';

const DESCRIPTION = `
Usage is posted to a **feed**, mediated and rated by its **data profile**, and ends as rated usage or as an exception;
every record has a verdict. Start with \`POST /api/v1/feeds/{feed}/usage\`, follow the tracking id under **History**, and
read what came of it under **Usage** and **Exceptions**. The routes in LogiSense's shape are the same feeds and imports by other
names; docs/logisense.md has them.

Times are RFC 3339 in UTC; quantities and money are decimal strings. Lists take \`limit\` and \`cursor\` and answer
\`{items, nextCursor}\`. Errors are \`application/problem+json\`. Viewers see identifiers and raw records masked.
`.trim();

/** In the order of the page; a route without a tag of its own gets the first whose path fits. */
const TAGS: readonly (readonly [name: string, path: RegExp])[] = [
  ['Ingest', /^\/api\/v1\/feeds\/\{feed\}\/usage$/],
  ['History', /^\/api\/v1\/(imports|records)/],
  ['Usage', /^\/api\/v1\/usage(\/|$)/],
  ['Exceptions', /^\/api\/v1\/exceptions/],
  ['Feeds', /^\/api\/v1\/feeds/],
  ['Profiles', /^\/api\/v1\/profiles/],
  ['Plugins', /^\/api\/v1\/plugins/],
  ['Reference data', /^\/api\/v1\/(identifiers|rate-plans|tables|usage-classes)/],
  ['Administration', /^\/api\/v1\/admin/],
  ['Operations', /^\/(healthz|metrics)/],
];

/** The API's description in OpenAPI, made of the controllers once they all exist. */
@Injectable()
export class ApiDescription {
  private document: OpenAPIObject | null = null;

  /** Reads the controllers of an application that is complete but does not listen yet. */
  read(app: INestApplication): void {
    const config = new DocumentBuilder()
      .setTitle('Feedmill')
      .setDescription(DESCRIPTION)
      .setVersion('1')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: fm_<id>_<secret>.' }, 'key')
      .addSecurityRequirements('key')
      .build();
    const document = SwaggerModule.createDocument(app, config);
    document.tags = TAGS.map(([name]) => ({ name }));
    this.tagRoutes(document);
    addCommonProblems(document);
    document.components = {
      ...document.components,
      schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA },
    };
    this.addIngestExamples(document);
    this.document = document;
  }

  get json(): OpenAPIObject {
    if (!this.document) throw new Error('The API has not been described yet.');
    return this.document;
  }

  private tagRoutes(document: OpenAPIObject): void {
    const names = new Set(TAGS.map(([name]) => name));
    for (const [path, item] of Object.entries(document.paths)) {
      const tag = TAGS.find(([, pattern]) => pattern.test(path))?.[0];
      for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
        if (operation && tag && !operation.tags?.some((name) => names.has(name))) operation.tags = [tag];
      }
    }
  }

  /** Ingest takes raw bodies, which no class describes: its examples stand here. */
  private addIngestExamples(document: OpenAPIObject): void {
    const body = document.paths['/api/v1/feeds/{feed}/usage']?.post?.requestBody;
    if (!body || !('content' in body)) return;
    for (const [type, examples] of Object.entries(INGEST_EXAMPLES)) {
      const content = body.content[type];
      if (content) content.examples = examples;
    }
  }
}
