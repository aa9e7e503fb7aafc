import { ApiProperty } from '@nestjs/swagger';
import { DecodeDto, StepUseDto } from './profile.dto.js';
import type { ProfileSummary, ProfileVersion, VersionStatus } from './profile.js';

const TEXT = { type: String, nullable: true } as const;
const NUMBER = { type: 'integer', nullable: true } as const;
const MOMENT = { format: 'date-time' } as const;

/** A profile as the API shows it: its versions are read by themselves. */
export class ProfileView implements ProfileSummary {
  @ApiProperty({ example: 'usage-json' }) name!: string;
  @ApiProperty() description!: string;
  @ApiProperty({ ...NUMBER, description: 'What new imports are mediated by.' })
  publishedVersion!: number | null;
  @ApiProperty(NUMBER) latestVersion!: number | null;
  @ApiProperty(MOMENT) createdAt!: string;
}

/** A version of a profile as the API shows it. */
export class ProfileVersionView implements ProfileVersion {
  @ApiProperty({ example: 'usage-json' }) name!: string;
  @ApiProperty({ type: 'integer', example: 1 }) version!: number;
  @ApiProperty({ enum: ['draft', 'published', 'retired'] }) status!: VersionStatus;
  @ApiProperty() decode!: DecodeDto;
  @ApiProperty({ type: [StepUseDto] }) steps!: StepUseDto[];
  @ApiProperty({ ...TEXT, description: 'Why it was published; null on a draft.' }) comment!: string | null;
  @ApiProperty(MOMENT) createdAt!: string;
  @ApiProperty() createdBy!: string;
  @ApiProperty({ ...TEXT, ...MOMENT }) publishedAt!: string | null;
  @ApiProperty(TEXT) publishedBy!: string | null;
}
