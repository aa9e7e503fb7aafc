import { ApiProperty } from '@nestjs/swagger';
import type { Fact, Retention } from './retention.js';

const MOMENT = { type: String, format: 'date-time', nullable: true } as const;
const TIME = { example: 'P90D', description: '`forever` or an ISO 8601 duration.' } as const;

export class RetentionTimes {
  @ApiProperty(TIME) bodies!: string;
  @ApiProperty(TIME) exceptions!: string;
  @ApiProperty(TIME) usage!: string;
}

/** A feed whose imports a block has. */
export class BlockFeedView {
  @ApiProperty({ type: 'integer' }) id!: number;
  @ApiProperty() name!: string;
  @ApiProperty() apiName!: string;
  @ApiProperty({ description: 'As the feed says it now: this is what counts.' }) retention!: RetentionTimes;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Null while the block takes imports.' })
  imports!: number | null;
  @ApiProperty(MOMENT) acceptedFrom!: string | null;
  @ApiProperty(MOMENT) acceptedUntil!: string | null;
}

export class BlockFactView {
  @ApiProperty({ ...MOMENT, description: 'When it may leave; null: never, or not known while imports come.' })
  dueAt!: string | null;
  @ApiProperty({ ...MOMENT, description: 'Since when it is gone for whoever asks.' })
  expiredAt!: string | null;
  @ApiProperty({ ...MOMENT, description: 'When its table was dropped.' }) droppedAt!: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Rows that were dropped; null also where feeds that the key may not see had some of them.',
  })
  rows!: number | null;
}

export class BlockFactsView implements Record<Fact, BlockFactView> {
  @ApiProperty() bodies!: BlockFactView;
  @ApiProperty() exceptions!: BlockFactView;
  @ApiProperty() usage!: BlockFactView;
}

/** A block of import ids: what is in it leaves together. */
export class BlockView {
  @ApiProperty({ type: 'integer' }) block!: number;
  @ApiProperty({ type: RetentionTimes, description: 'What the feeds said that it was opened for.' })
  retention!: Retention;
  @ApiProperty({ type: String, format: 'date-time' }) openedAt!: string;
  @ApiProperty({ ...MOMENT, description: 'Since when it takes no more imports.' }) closedAt!: string | null;
  @ApiProperty({ type: [BlockFeedView] }) feeds!: BlockFeedView[];
  @ApiProperty() facts!: BlockFactsView;
}
