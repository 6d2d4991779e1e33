import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'coverage/'] },
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A function that does nothing, and says by its name that this is meant.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      // A union is handled whole, or has a `default` that says what the rest comes to.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // Both may be missing, and only the one that is used is loaded: see src/database/driver.ts.
    files: ['{src,test,scripts}/**/*.ts'],
    ignores: ['src/database/better-sqlite3.ts'],
    rules: { 'no-restricted-imports': ['error', 'better-sqlite3', 'node:sqlite'] },
  },
  { files: ['test/bench/**', 'examples/**'], rules: { 'no-console': 'off' } },
);
