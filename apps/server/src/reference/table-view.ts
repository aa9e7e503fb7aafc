import { ApiProperty } from '@nestjs/swagger';

/** A table as the API shows it. */
export class TableView {
  @ApiProperty({ example: 'destinations' }) readonly name!: string;
  @ApiProperty({ type: [String], example: ['prefix'] }) readonly key!: readonly string[];
  @ApiProperty({ type: [String], description: "All columns that a row has ever had, the key's first." })
  readonly columns!: readonly string[];
  @ApiProperty({ example: 'UTC', description: 'Zone of bare dates.' }) readonly timeZone!: string;
  @ApiProperty({ format: 'date-time' }) readonly createdAt!: string;
}

/** Cells by column, null where empty; validity null where open. */
export type TableRowView = Readonly<Record<string, string | null>>;
export const TABLE_ROW_SCHEMA = {
  type: 'object',
  additionalProperties: { type: 'string', nullable: true },
  example: { prefix: '+44', destination: 'UK', validFrom: null, validTo: null },
};
