export type { Finding } from '../health/finding.js';
export type { ServerFacts, Weakness } from '../health/server.js';
export type { UserAgentParser } from '../pages/device-name.js';
export type { PageListener, PageRequest } from '../pages/listener.js';
export { type Admin, createAdmin } from './admin.js';
export type { EndedSession } from './ended-log.js';
export type { Filter } from './filter.js';
export { type KeepEndedOptions, type KeptEnded, keepEnded } from './keep-ended.js';
export type { AdminAction, AdminOptions, AdminSessions, Authorized } from './options.js';
