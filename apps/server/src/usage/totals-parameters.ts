import {
  LIST_PARAMETERS,
  type ValuesOf,
  momentParameter,
  oneOf,
  severalOf,
  textParameter,
} from '../common/index.js';
import { ENTRY_FILTERS } from './usage-page.js';

/** What totals are grouped by beside unit and currencies. */
export const GROUPS = ['account', 'service', 'usageClass', 'usageClassType', 'feed', 'day', 'month'] as const;
export type Group = (typeof GROUPS)[number];

/** Always part of the grouping; may be named. */
const ALWAYS = ['unit', 'currency'] as const;

export const TOTALS_FILTERS = {
  ...LIST_PARAMETERS,
  ...ENTRY_FILTERS,
  groupBy: severalOf([...GROUPS, ...ALWAYS], 'How finely to add; day and month are local to each entry.'),
  usageClass: textParameter('The usage class.'),
  usageClassType: textParameter('The usage class type.'),
  asOf: momentParameter('Only what was posted until then; not together with `include`.'),
  include: oneOf(['exceptions'], 'Also count open exceptions that came as far as resolving or rating.'),
};

export type TotalsQuery = ValuesOf<typeof TOTALS_FILTERS>;

export const groupsOf = ({ groupBy = [] }: TotalsQuery): Group[] =>
  groupBy.filter((name): name is Group => GROUPS.some((group) => group === name));
