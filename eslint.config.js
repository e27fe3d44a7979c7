import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The import rule of docs/architecture.md, as lint: imports point only downwards.
 * Each entry says which folders the files of `from` must not reach.
 */
const walls = [
  { from: 'protocol', not: ['nester', 'harvester', 'public', 'test', 'bench', 'deploy'], packages: ['zod'] },
  { from: 'public', not: ['nester', 'harvester', 'test', 'bench', 'deploy'] },
  { from: 'harvester', not: ['nester', 'public', 'test', 'bench', 'deploy'] },
  { from: 'nester', not: ['harvester', 'public', 'test', 'bench', 'deploy'] },
  { from: 'nester/store', not: ['past', 'harvester', 'public', 'test', 'bench', 'deploy', 'state', 'live', 'history', 'receive', 'api'] },
  { from: 'nester/history', not: ['past', 'harvester', 'public', 'test', 'bench', 'deploy', 'store', 'state', 'live', 'receive', 'api'] },
  { from: 'nester/state', not: ['past', 'harvester', 'public', 'test', 'bench', 'deploy', 'store', 'live', 'history', 'receive', 'api'] },
  { from: 'nester/past', not: ['harvester', 'public', 'test', 'bench', 'deploy', 'live', 'history', 'receive', 'api', 'http'] },
  { from: 'nester/live', not: ['past', 'harvester', 'public', 'test', 'bench', 'deploy', 'store', 'state', 'history', 'receive', 'api'] },
  { from: 'nester/auth', not: ['past', 'harvester', 'public', 'test', 'bench', 'deploy', 'state', 'live', 'history', 'receive', 'api'] },
  { from: 'nester/http', not: ['past', 'harvester', 'public', 'test', 'bench', 'deploy', 'store', 'state', 'live', 'history', 'receive', 'api'] },
  { from: 'nester/receive', not: ['past', 'harvester', 'public', 'test', 'bench', 'deploy', 'store', 'state', 'live', 'history', 'api'] },
  { from: 'nester/api', not: ['past', 'harvester', 'public', 'test', 'bench', 'deploy', 'store', 'state', 'live', 'history', 'receive'] },
];

/** @type {import('eslint').Linter.Config[]} */
const wallRules = walls.map(({ from, not, packages }) => ({
  files: [`${from}/**/*.ts`],
  ignores: ['**/*.test.ts', '**/*.contract.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^\\.{1,2}/(.*/)?(${not.join('|')})/`,
            // Types cross a wall freely: they leave no trace in what runs.
            allowTypeImports: from.startsWith('nester/'),
            message: `${from}/ must not import from this folder (see docs/architecture.md).`,
          },
          ...(packages
            ? [
                {
                  regex: `^(?!\\.|${packages.join('$|')}$).*`,
                  message: `${from}/ imports nothing but ${packages.join(', ')}: no I/O, no Node, no DOM.`,
                },
              ]
            : []),
          ...(from === 'public'
            ? [{ regex: '/protocol/', allowTypeImports: true, message: 'The page imports types only from protocol/.' }]
            : []),
        ],
      },
    ],
  },
}));

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-restricted-imports': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['nester/**/*.ts', 'harvester/**/*.ts', 'protocol/**/*.ts'],
    ignores: ['**/main.ts', '**/*.test.ts', '**/*.contract.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'process only in main.ts; pass what is needed.' }],
    },
  },
  ...wallRules,
  {
    files: ['**/*.test.ts', 'test/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '*.config.ts', 'bench/**', 'test/**', 'deploy/**', 'docs/**'],
    rules: {
      'no-console': 'off',
      // The compiler checks these files too, and knows the globals of Node.
      'no-undef': 'off',
    },
  },
  {
    // Plain JavaScript has no `as` to say what `JSON.parse` returned; its JSDoc casts are not seen here.
    files: ['**/*.mjs'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
);
