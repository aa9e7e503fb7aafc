import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import {
  type ValuesOf,
  feedParameter,
  integerParameter,
  oneOf,
  readPageNumber,
  readQuery,
  textParameter,
} from '../common/index.js';
import { ExceptionsService } from '../exceptions/index.js';
import { NamedFeeds, NumberedImportsService } from '../history/index.js';
import { EXCEPTION_STATUS_NAMES, toExceptionRow, toExceptionStatus } from './exception-row.js';
import { PAGED_LIST, toPaged } from './paged.js';
import { resourcePaths } from './paths.js';

const OF_IMPORT = {
  ...PAGED_LIST,
  dataImportExceptionStatusTypeName: oneOf(EXCEPTION_STATUS_NAMES, 'Where the exception stands.'),
  dataImportExceptionErrorTypeName: textParameter('The code of the rejection.'),
};
const OF_ALL = {
  ...OF_IMPORT,
  udrFeedId: feedParameter(),
  dataImportHistoryId: integerParameter(1, Number.MAX_SAFE_INTEGER, 'The identity of an import.'),
};

type ExceptionsQuery = ValuesOf<typeof OF_IMPORT>;

/** Exceptions in LogiSense's shape. */
@ApiExcludeController()
@Allow('integrator', ...READERS)
@Controller(resourcePaths('DataImportHistory'))
export class LogisenseExceptionsController {
  constructor(
    private readonly exceptions: ExceptionsService,
    private readonly imports: NumberedImportsService,
    private readonly namedFeeds: NamedFeeds,
  ) {}

  @Get('Exception/Paged')
  async list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<object> {
    const { udrFeedId, dataImportHistoryId: identity, ...values } = readQuery(query, OF_ALL);
    const feed = (await this.namedFeeds.idOf(caller, udrFeedId, 'udrFeedId'))?.toString();
    if (identity !== undefined) return this.ofImport(caller, String(identity), values, feed);
    return this.page(caller, values, { feed });
  }

  @Get(':id/Exception')
  async listOfImport(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<object> {
    return this.ofImport(caller, id, readQuery(query, OF_IMPORT));
  }

  private async ofImport(caller: Caller, id: string, query: ExceptionsQuery, feed?: string): Promise<object> {
    const { view } = await this.imports.get(caller, id);
    return this.page(caller, query, { feed, trackingId: view.trackingId });
  }

  private async page(
    caller: Caller,
    query: ExceptionsQuery,
    of: { feed?: string; trackingId?: string },
  ): Promise<object> {
    const { dataImportExceptionStatusTypeName: statusName, dataImportExceptionErrorTypeName: code } = query;
    const page = readPageNumber(query);
    const status = statusName && toExceptionStatus(statusName);
    const filters = { ...of, status, code, from: query.from, to: query.to };
    return toPaged(page, await this.exceptions.page(caller, filters, page), toExceptionRow);
  }
}
