import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigProblem } from 'feedmill/pipeline';
import type { PluginsDescription } from 'feedmill/plugin-host';
import { Problem, SETTINGS, type Settings } from '../common/index.js';
import { type ChildRequest } from './child-message.js';
import { StepProcess, StepProcessDied } from './step-process.js';

/** The start of the child included, which takes long on a busy machine. */
const ASK_DEADLINE_MS = 45_000;

/** The environment of every child, beside the server's own. */
export function childEnvironment(settings: Settings): Record<string, string> {
  return {
    FEEDMILL_CHILD_PLUGINS: JSON.stringify(settings.pluginDirs),
    FEEDMILL_CHILD_LEASE_SECONDS: String(settings.leaseSeconds),
  };
}

/** What needs step code and is not mediation: it asks a child of its own, so that this process never loads a plugin. */
@Injectable()
export class PluginsService implements OnApplicationShutdown {
  private readonly log = new Logger('plugins');
  private readonly child: StepProcess;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.child = new StepProcess({
      heapMb: settings.childHeapMb,
      env: childEnvironment(settings),
      onLog: (line) => this.log.warn(line),
    });
  }

  /** Every step type that profiles may use, and every folder that failed to load. */
  list(): Promise<PluginsDescription> {
    return this.ask({ kind: 'list-plugins' });
  }

  /** Every problem of a profile version's definition, each with its pointer; none: it can be published. */
  async checkProfile(definition: unknown): Promise<readonly ConfigProblem[]> {
    const { problems } = await this.ask<{ problems: ConfigProblem[] }>({ kind: 'check-profile', definition });
    return problems;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.child.stop();
  }

  /** One request at a time; a child that takes too long or dies over it is ended, and the request refused. */
  private ask<Reply>(request: ChildRequest): Promise<Reply> {
    const answer = this.turn.then(async () => {
      const timer = setTimeout(() => this.child.kill('it took too long'), ASK_DEADLINE_MS);
      try {
        return await this.child.request<Reply>(request);
      } catch (error) {
        if (!(error instanceof StepProcessDied)) throw error;
        throw new Problem(
          422,
          'definition_not_survivable',
          `The process that examined this ended: ${error.how}`,
        );
      } finally {
        clearTimeout(timer);
      }
    });
    this.turn = answer.catch(() => undefined);
    return answer;
  }
}
