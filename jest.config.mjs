const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  resolver: '<rootDir>/test/support/jest-resolver.cjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/jest-setup.mjs'],
  moduleNameMapper: {
    '^feedmill/pipeline$': '<rootDir>/libs/pipeline/index.ts',
    '^feedmill/plugin-host$': '<rootDir>/libs/plugin-host/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

const SOURCES = '<rootDir>/{apps,libs,plugins,test}/**';

/** Four heights of tests; `npm test` runs them in this order and brings Postgres and Redis. */
export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: [`${SOURCES}/*.spec.ts`] },
    { ...shared, displayName: 'integration', testMatch: [`${SOURCES}/*.int-spec.ts`] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/{e2e,faults,property}/**/*.e2e-spec.ts'] },
    { ...shared, displayName: 'quickstart', testMatch: ['<rootDir>/test/quickstart/*.e2e-spec.ts'] },
  ],
};
