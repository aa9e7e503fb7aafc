import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { PG_POOL } from '../database/index.js';
import { isTokenLike, openToken, sealToken } from './access-token.js';

/** Tokens of a log-in, under a secret that the database keeps for all processes. */
@Injectable()
export class AccessTokens {
  private secret: Promise<Buffer> | null = null;

  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  /** @param seconds how long the token stands for the key */
  async issue(key: string, seconds: number): Promise<string> {
    return sealToken(await this.sharedSecret(), key, Date.now() + seconds * 1000);
  }

  /** The key of a token that works; null for everything else, which may be a key itself. */
  async keyOf(text: string): Promise<string | null> {
    return isTokenLike(text) ? openToken(await this.sharedSecret(), text, Date.now()) : null;
  }

  /** Read once; a failure is not remembered. */
  private sharedSecret(): Promise<Buffer> {
    this.secret ??= this.readSecret().catch((error: unknown) => {
      this.secret = null;
      throw error;
    });
    return this.secret;
  }

  private async readSecret(): Promise<Buffer> {
    const { rows } = await this.pool.query<{ secret: Buffer }>('SELECT secret FROM token_secret');
    return rows[0]!.secret;
  }
}
