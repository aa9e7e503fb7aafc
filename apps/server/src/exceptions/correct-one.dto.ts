import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsInt, IsOptional, IsString, Length, Min } from 'class-validator';

/** An exception as an operator corrects it. */
export class CorrectOneDto {
  /** The whole record as it should have been sent: an object, or the text of a row. Numbers are kept as they are written. */
  @ApiProperty({ oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }] })
  @Allow()
  raw!: unknown;

  @IsOptional()
  @IsString()
  @Length(1, 1000, { message: 'note must have 1 to 1000 characters' })
  note?: string;

  /** The revision that the correction was made from: where it is not the last one, nothing is changed. */
  @IsOptional()
  @IsInt({ message: 'revision must be a whole number' })
  @Min(0)
  revision?: number;
}
