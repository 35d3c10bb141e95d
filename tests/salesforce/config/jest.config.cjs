/**
 * The tests of the components. Run from the clone's root: `sfdx-lwc-jest` takes the current folder for the project.
 *
 * Mocks of platform modules that the stock ones do not record (navigation, toasts, modals) lie in
 * `tests/salesforce/jest/lightning/<name>.js` and are found there by their name.
 */
const fs = require('node:fs');
const path = require('node:path');
const { jestConfig } = require('@salesforce/sfdx-lwc-jest/config');

const mocks = path.join(__dirname, '..', 'jest', 'lightning');
const ours = fs.existsSync(mocks) ? fs.readdirSync(mocks).filter((name) => name.endsWith('.js')) : [];
const moduleNameMapper = Object.fromEntries(
    ours.map((name) => [`^lightning/${name.slice(0, -'.js'.length)}$`, path.join(mocks, name)])
);

module.exports = {
    ...jestConfig,
    moduleNameMapper: { ...jestConfig.moduleNameMapper, ...moduleNameMapper },
    setupFilesAfterEnv: [...(jestConfig.setupFilesAfterEnv ?? []), path.join(__dirname, 'jest.setup.cjs')],
    // The first look at accessibility in a file loads much; a busy machine needs more than five seconds for it.
    testTimeout: 30000,
    // The recorder and the bridge have tests of their own elsewhere.
    roots: ['<rootDir>/force-app'],
    haste: { enableSymlinks: false },
    collectCoverageFrom: ['force-app/**/lwc/**/*.js', '!**/__tests__/**', '!**/*.config.js'],
    coverageReporters: ['json-summary', 'text-summary'],
    coverageThreshold: { global: { lines: 90 } }
};
