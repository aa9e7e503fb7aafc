import { PassThrough } from 'node:stream';
import { confirm } from './confirm.js';
import { Declined, UsageError } from './errors.js';

function terminal(typed: string | null, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  if (typed === null) input.end();
  else input.write(typed);
  return { input, output };
}

describe('confirm', () => {
  it.each(['y\n', 'Yes\n', ' YES \n'])('goes on at %j', async (typed) => {
    const asked = terminal(typed);
    await expect(confirm('Revert it?', false, asked)).resolves.toBeUndefined();
    expect(String(asked.output.read())).toContain('Revert it? [y/N] ');
  });

  it.each(['n\n', '\n', 'yess\n', null])('ends at %j', async (typed) => {
    await expect(confirm('Revert it?', false, terminal(typed))).rejects.toThrow(Declined);
  });

  it('asks nobody where it was said before, and needs that where nobody can be asked', async () => {
    await expect(confirm('Revert it?', true, terminal(null, false))).resolves.toBeUndefined();
    await expect(confirm('Revert it?', false, terminal('y\n', false))).rejects.toThrow(UsageError);
  });
});
