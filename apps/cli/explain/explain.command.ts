import type { Command } from 'commander';
import { pathPart } from '../api-client.js';
import { toCli } from '../settings.js';
import type { Explanation } from './explanation.js';
import { toExplanationText } from './explanation-text.js';

/** Adds `explain <id>` to the command of a list. @param list its path in the API */
export function addExplain(parent: Command, list: '/usage' | '/exceptions', id: string): void {
  parent
    .command('explain')
    .description(
      'Tells step by step how it came to be: what changed, what was looked up, and where today would differ.',
    )
    .argument('<id>', id)
    .action(async (given: string, _options: unknown, command: Command) => {
      const { client, output } = toCli(command);
      const explanation = await client.get<Explanation>(`${list}/${pathPart(given)}/explain`);
      output.result(explanation, () => toExplanationText(explanation, output.paint));
    });
}
