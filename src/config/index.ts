export { defineConfig, type SessionConfig } from './config.js';
export { type DriverFactory, extend } from './drivers.js';
export { sessionOptions } from './session-options.js';
