/** Who uses the page, under a name that components can import. */
export * from '../../../platform/settings.js';
