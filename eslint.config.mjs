import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const root = import.meta.dirname;
const serverModules = readdirSync(join(root, 'apps/server/src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** The directions of docs/architecture.md: nothing on the left imports what is on the right. */
const directions = [
  { target: './libs/pipeline', from: ['./libs/plugin-host', './plugins', './apps', './test'] },
  { target: './libs/plugin-host', from: ['./plugins', './apps', './test'] },
  { target: './plugins', from: ['./libs/plugin-host', './apps', './test'] },
  { target: './apps/server', from: ['./plugins', './apps/cli', './test'] },
  { target: './apps/cli', from: ['./apps/server', './plugins', './test'] },
];

/** A server module is entered by its index.ts only; child processes, which load no Nest, by its child.ts. */
const doors = serverModules.map((name) => ({
  target: ['./apps/server/src/*.ts', `./apps/server/src/!(${name})/**/*`],
  from: `./apps/server/src/${name}`,
  except: ['./index.ts', './child.ts'],
  message: `Import it from the door of the module: ${name}/index.js.`,
}));

const forbidden = [
  { selector: "Identifier[name='forwardRef']", message: 'forwardRef hides a cycle: move what both need.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.data*/'] },
  {
    files: ['**/*.{ts,mts,mjs,cjs,js}'],
    extends: [tseslint.configs.recommended],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [
        createNodeResolver({
          extensions: ['.ts', '.mjs', '.js', '.json'],
          extensionAlias: { '.js': ['.ts', '.js'] },
          conditionNames: ['import', 'node', 'default'],
          alias: {
            'feedmill/pipeline': [join(root, 'libs/pipeline/index.ts')],
            'feedmill/plugin-host': [join(root, 'libs/plugin-host/index.ts')],
          },
        }),
      ],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-restricted-syntax': ['error', ...forbidden],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      // Scripts run what was built, which need not be there yet.
      'import-x/no-unresolved': ['error', { ignore: ['/dist/'] }],
      'import-x/no-duplicates': 'error',
      'import-x/no-self-import': 'error',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': ['error', { zones: [...directions, ...doors] }],
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
  {
    files: ['apps/cli/**', 'apps/server/src/embedded/**', 'bin/**', 'test/**', '**/*.config.mjs'],
    rules: { 'no-console': 'off' },
  },
  {
    // Integration specs stand beside what they test and run on the services of the test support.
    files: ['**/*.int-spec.ts'],
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [...directions.map((d) => ({ ...d, from: d.from.filter((f) => f !== './test') })), ...doors],
        },
      ],
    },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
);
