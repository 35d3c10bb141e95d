/* Adds `await expect(element).toBeAccessible()`: the accessibility rules, in every component test. */
const { registerSa11yMatcher } = require('@sa11y/jest');

registerSa11yMatcher();
