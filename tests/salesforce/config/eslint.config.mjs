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
        files: ['force-app/**/lwc/**/__tests__/**/*.js'],
        rules: {
            '@lwc/lwc/no-async-operation': 'off',
            'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*'] }],
            'jest/no-disabled-tests': 'error',
            'jest/no-focused-tests': 'error'
        }
    }
];
