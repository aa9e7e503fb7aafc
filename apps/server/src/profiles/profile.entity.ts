import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ProfileDefinition } from 'feedmill/pipeline';
import type { VersionStatus } from './profile.js';

@Entity('profile')
export class ProfileEntity {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  description!: string;

  @Column('integer', { name: 'published_version_id', nullable: true })
  publishedVersionId!: number | null;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
}

@Entity('profile_version')
export class ProfileVersionEntity {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column('integer', { name: 'profile_id' })
  profileId!: number;

  @Column('integer')
  version!: number;

  @Column('text')
  status!: VersionStatus;

  @Column('jsonb')
  definition!: ProfileDefinition;

  @Column('text', { nullable: true })
  comment!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'published_at', nullable: true })
  publishedAt!: Date | null;

  @Column('text', { name: 'published_by', nullable: true })
  publishedBy!: string | null;
}
