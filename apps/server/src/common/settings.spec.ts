import { ConfigError } from 'feedmill/pipeline';
import { readSettings } from './settings.js';

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ pointer, message }) => `${pointer}: ${message}`);
  }
}

describe('readSettings', () => {
  const fine = { DATABASE_URL: 'postgres://db/feedmill' };

  it('takes plugin folders that are there', () => {
    const here = import.meta.dirname;
    expect(readSettings({ ...fine, FEEDMILL_PLUGINS_DIR: `${here}:${here}/..` }).pluginDirs).toHaveLength(2);
    expect(readSettings(fine).pluginDirs).toEqual([]);
  });

  it('tells every problem at once, folders that are none among them', () => {
    const file = import.meta.filename;
    expect(problemsOf({ PORT: 'x', FEEDMILL_PLUGINS_DIR: `/nowhere/at/all:${file}` })).toEqual([
      expect.stringMatching(/^DATABASE_URL: /),
      expect.stringMatching(/^PORT: /),
      'FEEDMILL_PLUGINS_DIR: must name folders that are there; "/nowhere/at/all" is none',
      `FEEDMILL_PLUGINS_DIR: must name folders that are there; "${file}" is none`,
    ]);
  });
});
