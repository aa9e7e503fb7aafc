import { Injectable, type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { INGEST_EXAMPLES, PROBLEM_SCHEMA } from './examples.js';

const DESCRIPTION = `
Usage is posted to a **feed**, mediated and rated by its **data profile**, and ends as rated usage or as an exception;
every record has a verdict. Start with \`POST /api/v1/feeds/{feed}/usage\`, follow the tracking id under **History**, and
read what came of it under **Usage** and **Exceptions**.

Times are RFC 3339 in UTC; quantities and money are decimal strings. Lists take \`limit\` and \`cursor\` and answer
\`{items, nextCursor}\`. Errors are \`application/problem+json\`. Viewers see identifiers and raw records masked.
`.trim();

const ORDER = ['Ingest', 'History', 'Usage', 'Exceptions', 'Feeds', 'Profiles', 'Plugins', 'Reference data'];

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
    document.tags = ORDER.map((name) => ({ name }));
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
