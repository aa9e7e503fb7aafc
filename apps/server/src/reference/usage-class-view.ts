import { ApiProperty } from '@nestjs/swagger';
import type { UsageClass } from './usage-class.js';

/** A usage class as the API shows it. */
export class UsageClassView implements UsageClass {
  @ApiProperty({ example: 'Data' }) name!: string;
  @ApiProperty({ example: 'GB', description: 'Fixed once it is said.' }) unit!: string;
  @ApiProperty({ type: String, nullable: true }) taxCategory!: string | null;
  @ApiProperty({ format: 'date-time' }) updatedAt!: string;
}

export class ClassesAnswer {
  @ApiProperty({ type: 'integer' }) readonly created!: number;
  @ApiProperty({ type: 'integer' }) readonly changed!: number;
  @ApiProperty({ type: 'integer' }) readonly unchanged!: number;
}
