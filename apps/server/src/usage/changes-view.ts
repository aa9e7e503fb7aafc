import { ApiProperty } from '@nestjs/swagger';
import { UsageView } from './usage-view.js';

/** A piece of the ledger in its own order. */
export class UsageChanges {
  @ApiProperty({ type: [UsageView], description: 'Usage and reversals; `live` is as of now.' })
  items!: UsageView[];
  @ApiProperty({ description: 'Where to go on, now or later: keep it, also where there are no items.' })
  nextCursor!: string;
  @ApiProperty({ description: 'There is more already; false: ask again after a while.' })
  hasMore!: boolean;
  @ApiProperty({
    description:
      'Entries that belong between the cursor and the next one have left by retention: they were not read.',
  })
  expired!: boolean;
}
