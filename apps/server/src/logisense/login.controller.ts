import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { AccessTokens, Authenticator, Public } from '../auth/index.js';
import { Problem, Takes } from '../common/index.js';
import { authorizationPaths } from './paths.js';

/** Seconds that a token is good for. */
const EXPIRES_IN = 1800;

/** The log-in of LogiSense's clients: a key for a token that stands for it on every route for half an hour. */
@ApiExcludeController()
@Controller(authorizationPaths('Access/Login'))
export class LogisenseLoginController {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly tokens: AccessTokens,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Public()
  @Takes('application/json', 'application/x-www-form-urlencoded')
  async logIn(@Body() form: unknown): Promise<object> {
    const { client_id: id, client_secret: secret } = (form ?? {}) as Record<string, unknown>;
    if (typeof id !== 'string' || typeof secret !== 'string') {
      throw new Problem(
        400,
        'invalid_request',
        'Send the form fields grant_type, client_id and client_secret.',
      );
    }
    const caller = await this.authenticator.verifySecret(id, secret);
    if (!caller) throw new Problem(401, 'unauthorized', 'The key is unknown, expired or revoked.');
    const token = await this.tokens.issue(secret, EXPIRES_IN);
    return { access_token: token, token_type: 'bearer', expires_in: EXPIRES_IN };
  }
}
