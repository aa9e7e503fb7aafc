import { LIST_PARAMETERS, type ValuesOf, momentParameter, textParameter } from '../common/index.js';

/** What `GET /identifiers` takes. */
export const IDENTIFIER_FILTERS = {
  ...LIST_PARAMETERS,
  type: textParameter('The type, exactly.'),
  value: textParameter('The value, exactly.'),
  accountId: textParameter('The account that it belongs to.'),
  serviceId: textParameter('The service that it belongs to.'),
  validAt: momentParameter('Only rows that are valid at this moment.'),
};
export type IdentifierFilters = ValuesOf<typeof IDENTIFIER_FILTERS>;

/** What `GET /rate-plans/{name}` takes. */
export const RATE_FILTERS = {
  ...LIST_PARAMETERS,
  usageClass: textParameter('The usage class, exactly.'),
  usageClassType: textParameter('The usage class type, exactly.'),
  validAt: momentParameter('Only rates that are valid at this moment.'),
};
export type RateFilters = ValuesOf<typeof RATE_FILTERS>;

/** What `GET /tables/{name}` takes. */
export const TABLE_FILTERS = {
  ...LIST_PARAMETERS,
  column: textParameter('A column of the table; goes with `value`.'),
  value: textParameter('Only rows whose cell in `column` is this text, exactly.'),
  validAt: momentParameter('Only rows that are valid at this moment.'),
};
export type TableFilters = ValuesOf<typeof TABLE_FILTERS>;

/** What a PUT or DELETE of CSV takes beside its body; JSON says these in the body. */
export const CSV_PARAMETERS = {
  timeZone: textParameter(
    'IANA zone of dates without a time and of times without an offset; UTC unless said.',
  ),
};
export const RATE_CSV_PARAMETERS = {
  ...CSV_PARAMETERS,
  currency: textParameter('Currency of the plan, ISO 4217; needed where the plan is new.'),
};
export const TABLE_CSV_PARAMETERS = {
  ...CSV_PARAMETERS,
  key: textParameter(
    "Columns of the key, separated by commas; of a table that is new the CSV's first column where not said.",
  ),
};
