import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { PluginsDescription } from 'feedmill/plugin-host';
import { Problem, SETTINGS, type Settings } from '../common/index.js';
import { AskedChild } from './asked-child.js';
import type { ChildRequest, PatchReport, PatchRequest, ProfileCheck } from './child-message.js';
import { StepProcessDied } from './step-process.js';

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
  private readonly child: AskedChild;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.child = new AskedChild({
      heapMb: settings.childHeapMb,
      env: childEnvironment(settings),
      onLog: (line) => this.log.warn(line),
    });
  }

  /** Every step type that profiles may use, and every folder that failed to load. */
  list(): Promise<PluginsDescription> {
    return this.ask({ kind: 'list-plugins' });
  }

  checkProfile(definition: unknown): Promise<ProfileCheck> {
    return this.ask({ kind: 'check-profile', definition });
  }

  /** @throws Problem 422 `patch_not_survivable` */
  patchRecords(request: PatchRequest): Promise<PatchReport> {
    return this.ask(request, 'patch_not_survivable');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.child.stop();
  }

  /** A request over which the child dies or takes too long is refused. */
  private async ask<Reply>(request: ChildRequest, code = 'definition_not_survivable'): Promise<Reply> {
    try {
      return await this.child.ask<Reply>(request);
    } catch (error) {
      if (!(error instanceof StepProcessDied)) throw error;
      throw new Problem(422, code, `The process that examined this ended: ${error.how}`);
    }
  }
}
