/**
 * Lints of the components: Salesforce's own rules, and no exceptions that go unused.
 */
import recommended from '@salesforce/eslint-config-lwc/recommended.js';

export default [
    {
        linterOptions: { reportUnusedDisableDirectives: 'error' }
    },
    ...recommended.map((config) => ({ ...config, files: config.files ?? ['force-app/**/lwc/**/*.js'] })),
    {
        files: ['force-app/**/lwc/**/*.js'],
        rules: {
            'no-console': 'error',
            eqeqeq: 'error',
            'no-var': 'error',
            'prefer-const': 'error',
            'import/no-unresolved': 'off',
            'import/named': 'off',
            'import/namespace': 'off',
            'import/default': 'off'
        }
    },
    {
        // Tests run in Node, make the browser's own events, and clear the page.
        files: ['force-app/**/lwc/**/__tests__/**/*.js'],
        languageOptions: { globals: { require: 'readonly', module: 'writable', __dirname: 'readonly' } },
        rules: {
            '@lwc/lwc/no-inner-html': 'off',
            '@lwc/lwc/prefer-custom-event': 'off',
            'no-script-url': 'off',
            '@lwc/lwc/no-async-operation': 'off',
            'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*'] }],
            'jest/no-disabled-tests': 'error',
            'jest/no-focused-tests': 'error'
        }
    }
];
