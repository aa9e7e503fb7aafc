import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { KEY_ROLES, type KeyRole } from '../auth/index.js';
import { IsFeedList } from '../common/index.js';

/** 30 days. */
const MAX_GRACE_SECONDS = 2_592_000;
export const DEFAULT_GRACE_SECONDS = 86_400;

export class CreateKeyDto {
  /** Who or what will use it. */
  @IsString()
  @Length(1, 200, { message: 'name must have 1 to 200 characters' })
  name!: string;

  @ApiProperty({ enum: KEY_ROLES })
  @IsIn(KEY_ROLES, { message: `role must be one of ${KEY_ROLES.join(', ')}` })
  role!: KeyRole;

  /** Ids or API names; all feeds where not said. */
  @IsFeedList(100)
  feeds?: string[];

  /** RFC 3339; never where not said. */
  @IsOptional()
  @IsString()
  expiresAt?: string;
}

export class RotateKeyDto {
  /** How long the secret of before still works; a day where not said. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_GRACE_SECONDS)
  graceSeconds?: number;
}

/** A key as it is shown: without its secrets. */
export class KeyView {
  id!: string;
  name!: string;
  @ApiProperty({ enum: KEY_ROLES })
  role!: KeyRole;
  /** API names; null: all feeds. */
  @ApiProperty({ type: [String], nullable: true })
  feeds!: string[] | null;
  createdAt!: string;
  @ApiProperty({ type: String, nullable: true })
  expiresAt!: string | null;
  @ApiProperty({ type: String, nullable: true })
  revokedAt!: string | null;
  /** To the minute. */
  @ApiProperty({ type: String, nullable: true })
  lastUsedAt!: string | null;
}

export class NewKeyView extends KeyView {
  /** The key itself: shown here and never again. */
  key!: string;
}
