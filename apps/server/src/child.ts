import 'reflect-metadata';
import { ConfigError, compileProfile } from 'feedmill/pipeline';
import { describePlugins, loadPlugins, useOf } from 'feedmill/plugin-host';
import { patchRecords } from './exceptions/child.js';
import {
  BatchRunner,
  ChildConnection,
  CompiledProfiles,
  DryCorrections,
  DryRunner,
  Explainer,
} from './imports/child.js';
import { BUILT_IN_PLUGINS, type ChildRequest, type ProfileCheck, endWithParent } from './plugins/child.js';
import { ReferenceReader } from './reference/child.js';

/**
 * A child process: the only place where plugins are loaded and step code runs. It answers one request
 * at a time and ends with its parent.
 */
const PLUGIN_TIMEOUT_MS = 10_000;

const dirs = [BUILT_IN_PLUGINS, ...(JSON.parse(process.env.FEEDMILL_CHILD_PLUGINS ?? '[]') as string[])];
const plugins = await loadPlugins(dirs, { timeoutMs: PLUGIN_TIMEOUT_MS });
const stepTypes = new Map(plugins.types.map(({ stepType }) => [useOf(stepType), stepType]));
const databaseUrl = process.env.DATABASE_URL!;
const compile = (definition: unknown) => compileProfile(definition, stepTypes);
const profiles = new CompiledProfiles(compile);
const reference = new ReferenceReader();
const leaseSeconds = Number(process.env.FEEDMILL_CHILD_LEASE_SECONDS);
const runner = new BatchRunner(new ChildConnection(databaseUrl), profiles, reference, leaseSeconds);
const dryRunner = new DryRunner(databaseUrl, profiles, reference);
const dryCorrections = new DryCorrections(databaseUrl, profiles, reference);
const explainer = new Explainer(databaseUrl, compile, profiles, reference);

function checkProfile(definition: unknown): ProfileCheck {
  try {
    const { decodedFields } = compile(definition);
    return { problems: [], decodedFields };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems, decodedFields: null };
    throw error;
  }
}

function answer(request: ChildRequest): unknown {
  switch (request.kind) {
    case 'list-plugins':
      return describePlugins(plugins);
    case 'check-profile':
      return checkProfile(request.definition);
    case 'run':
      return runner.run(request.chunkId, request.token);
    case 'dry-run':
      return dryRunner.run(request);
    case 'dry-correction':
      return dryCorrections.run(request);
    case 'patch-records':
      return patchRecords(request);
    case 'explain':
      return explainer.explain(request);
    case 'preview':
      return explainer.preview(request);
  }
}

process.on('message', (request: ChildRequest) => {
  Promise.resolve()
    .then(() => answer(request))
    .then(
      (reply) => process.send!({ reply: reply ?? null }),
      (error: Error) => process.send!({ error: { name: error.name, message: error.message } }),
    );
});
endWithParent();
// Signals of a terminal go to the whole group: the parent decides when a child ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
