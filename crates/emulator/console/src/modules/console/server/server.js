/** The server's calls, under a name that components can import. */
export * from '../../../platform/server.js';
