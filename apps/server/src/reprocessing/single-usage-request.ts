import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsBoolean, IsOptional } from 'class-validator';
import { readBody } from '../common/index.js';
import { readBodyWithRaw } from '../exceptions/index.js';
import { ReasonDto } from './reprocess-request.js';

export class VoidDto extends ReasonDto {
  @ApiPropertyOptional({ default: false, description: 'Other usage may take the usage key.' })
  @IsOptional()
  @IsBoolean({ message: 'releaseKey must be true or false' })
  releaseKey?: boolean;
}

export class AmendDto extends ReasonDto {
  @ApiProperty({
    oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }],
    description:
      'The whole record as it should have been sent; a row is a string. Numbers are kept as they are written.',
  })
  @Allow()
  raw!: unknown;
}

export const readVoid = (body: unknown): VoidDto => readBody(VoidDto, body, 'invalid_void');

/** @param body with its long numbers kept (`readExactBody`) */
export const readAmend = (body: unknown): AmendDto => readBodyWithRaw(AmendDto, body, 'invalid_amend');
