// @ts-check
/**
 * Lints of the room, the console and the tests that look at them. ESLint's own recommended rules and a few that keep
 * mistakes out; for Lightning components the rules of Salesforce's recommended set that mean something off the platform
 * (not those on its wire adapters, its Apex and its rendering on a server).
 */
import babelParser from '@babel/eslint-parser';
import js from '@eslint/js';
// @ts-expect-error it brings no types
import lwc from '@lwc/eslint-plugin-lwc';
import globals from 'globals';

const COMPONENTS = ['room/src/modules/**/*.js', 'crates/emulator/console/src/modules/**/*.js'];
/** No `console`: a page tells its person, not the browser's log. */
const PAGES = ['room/{src,texts,dev}/**/*.js', 'crates/emulator/console/src/**/*.js'];
const NODE = ['room/build/**/*.js', 'crates/emulator/console/build/**/*.js'];
/** What runs in a page that a test opens; tests hand functions of theirs into pages too. */
const BOTH = ['room/tests/**/*.js', 'crates/emulator/console/tests/**/*.js', 'tests/browser/**/*.{js,mjs}'];

/** @type {import('eslint').Linter.RulesRecord} */
const RULES = {
    'array-callback-return': 'error',
    'default-case-last': 'error',
    eqeqeq: 'error',
    'guard-for-in': 'error',
    'no-alert': 'error',
    'no-caller': 'error',
    'no-else-return': 'error',
    'no-eval': 'error',
    'no-extend-native': 'error',
    'no-implicit-globals': 'error',
    'no-implied-eval': 'error',
    'no-new': 'error',
    'no-new-func': 'error',
    'no-new-wrappers': 'error',
    'no-self-compare': 'error',
    'no-sequences': 'error',
    'no-throw-literal': 'error',
    'no-unused-expressions': 'error',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'all' }],
    'no-useless-concat': 'error',
    'no-useless-rename': 'error',
    'no-useless-return': 'error',
    'no-var': 'error',
    'object-shorthand': 'error',
    'prefer-const': 'error',
    radix: 'error',
    'no-return-assign': 'error'
};

/** @type {import('eslint').Linter.RulesRecord} */
const COMPONENT_RULES = Object.fromEntries(
    [
        'consistent-component-name',
        'no-api-reassignments',
        'no-async-operation',
        'no-attributes-during-construction',
        'no-deprecated',
        'no-disallowed-lwc-imports',
        'no-document-query',
        'no-inner-html',
        'no-leading-uppercase-api-name',
        'no-leaky-event-listeners',
        'no-template-children',
        'prefer-custom-event',
        'valid-api',
        'valid-track',
        'valid-wire'
    ].map((name) => [`@lwc/lwc/${name}`, 'error'])
);

/** @type {import('eslint').Linter.Config[]} */
export default [
    { linterOptions: { reportUnusedDisableDirectives: 'error' } },
    js.configs.recommended,
    { rules: RULES },
    {
        files: PAGES,
        languageOptions: { globals: globals.browser },
        rules: { 'no-console': 'error', 'no-shadow': 'error' }
    },
    { files: NODE, languageOptions: { globals: globals.nodeBuiltin } },
    { files: BOTH, languageOptions: { globals: { ...globals.browser, ...globals.nodeBuiltin } } },
    {
        files: COMPONENTS,
        plugins: { '@lwc/lwc': lwc },
        languageOptions: {
            parser: babelParser,
            parserOptions: {
                requireConfigFile: false,
                babelOptions: { parserOpts: { plugins: ['classProperties', ['decorators', {}]] } }
            }
        },
        rules: COMPONENT_RULES
    }
];
