export { type FromHandlerOptions, fromHandler } from './handler/from-handler.js';
export { type SessionHandler, SessionHandlerInterface } from './handler/interface.js';
export { type StoreHandler, type ToHandlerOptions, toHandler } from './handler/to-handler.js';
