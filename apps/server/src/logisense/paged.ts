import {
  NUMBERED_PAGE_PARAMETERS,
  type NumberedPage,
  type PageNumber,
  momentParameter,
} from '../common/index.js';

/** What every list of LogiSense's shape takes; the newest come first. */
export const PAGED_LIST = {
  ...NUMBERED_PAGE_PARAMETERS,
  from: momentParameter('At or after.'),
  to: momentParameter('Before.'),
};

/** A list as LogiSense pages it. */
export function toPaged<Item>(
  page: PageNumber,
  { totalCount, items }: NumberedPage<Item>,
  toRow: (item: Item) => object,
): object {
  return { pagedResults: { totalCount, items: items.map(toRow) }, pagination: page };
}

/** One object: LogiSense puts it in `instance`; its members stand beside that too, for clients that look there. */
export function toInstance(row: object): object {
  return { ...row, instance: row };
}
