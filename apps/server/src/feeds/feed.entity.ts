import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import { ProfileEntity } from '../profiles/index.js';
import type { Retention } from '../retention/index.js';
import type { Feed, RowSyntax, UsageKeyDefinition } from './feed.js';

@Entity('key_scope')
export class KeyScopeEntity {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  /** Null for the scope of one feed alone. */
  @Column('text', { nullable: true })
  name!: string | null;
}

@Entity('feed')
export class FeedEntity {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column('text')
  name!: string;

  @Column('text', { name: 'api_name' })
  apiName!: string;

  @Column('text')
  description!: string;

  @Column('boolean')
  enabled!: boolean;

  @Column('boolean')
  paused!: boolean;

  @Column('text', { name: 'paused_reason', nullable: true })
  pausedReason!: string | null;

  @Column('text')
  format!: Feed['format'];

  @Column('jsonb', { nullable: true })
  rows!: RowSyntax | null;

  @ManyToOne(() => ProfileEntity, { eager: true })
  @JoinColumn({ name: 'profile_id' })
  profile!: ProfileEntity;

  @Column('jsonb', { name: 'usage_key' })
  usageKey!: UsageKeyDefinition;

  @ManyToOne(() => KeyScopeEntity, { eager: true })
  @JoinColumn({ name: 'key_scope_id' })
  keyScope!: KeyScopeEntity;

  @Column('text', { name: 'key_retention' })
  keyRetention!: string;

  @Column('jsonb')
  retention!: Retention;

  @Column('text', { name: 'time_zone' })
  timeZone!: string;

  @Column('text', { name: 'dst_overlap' })
  dstOverlap!: Feed['dstOverlap'];

  @Column('text', { name: 'dst_gap' })
  dstGap!: Feed['dstGap'];

  @Column('text', { name: 'late_usage' })
  lateUsage!: Feed['lateUsage'];

  @Column('boolean', { name: 'auto_heal' })
  autoHeal!: boolean;

  @Column({ type: 'text', name: 'accept_usage_since', nullable: true })
  acceptUsageSince!: string | null;

  @Column('text', { name: 'future_tolerance' })
  futureTolerance!: string;

  @Column({ type: 'text', name: 'expect_every', nullable: true })
  expectEvery!: string | null;

  @Column('text')
  mode!: Feed['mode'];

  @Column('jsonb')
  parameters!: Record<string, unknown>;

  @Column('integer', { name: 'crash_streak' })
  crashStreak!: number;

  @Column('bytea', { name: 'config_sha256', nullable: true })
  configSha256!: Buffer | null;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date;
}
