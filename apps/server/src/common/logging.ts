import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';

/** JSON lines on stdout; keys, passwords and cookies never get in. */
export function createLog(level: string, role: string): Logger {
  return pino({
    level,
    base: { role, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['authorization', '*.authorization', 'key', '*.key', 'secret', '*.secret', 'password'],
      censor: '***',
    },
  });
}

/** What Nest says of its own wiring at every start, a line a route: for debugging only. */
const WIRING = new Set(['InstanceLoader', 'NestFactory', 'RouterExplorer', 'RoutesResolver']);

/** Nest's logger on pino: `log({ trackingId }, 'text')` and `log('text')` both work, the context becomes a field. */
export class PinoNestLogger implements LoggerService {
  constructor(private readonly pino: Logger) {}

  log = this.at('info');
  error = this.at('error');
  warn = this.at('warn');
  debug = this.at('debug');
  verbose = this.at('trace');
  fatal = this.at('fatal');

  private at(severity: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal') {
    return (message: unknown, ...rest: unknown[]): void => {
      const texts = rest.filter((r): r is string => typeof r === 'string');
      const context = texts.pop();
      const level = severity === 'info' && WIRING.has(context ?? '') ? 'debug' : severity;
      if (typeof message === 'object' && message !== null && !(message instanceof Error)) {
        this.pino[level]({ context, ...message }, texts.shift() ?? '');
      } else if (message instanceof Error) {
        this.pino[level]({ context, err: message }, message.message);
      } else {
        this.pino[level](texts.length ? { context, detail: texts.join(' ') } : { context }, String(message));
      }
    };
  }
}
