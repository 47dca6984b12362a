export { SessionHandlerInterface } from '../bridges/handler.js';
export type { OstroConfig } from './ostro/config.js';
export { type CsrfOptions, TokenMismatchException, verifyCsrfToken } from './ostro/csrf.js';
export { type DriverCreator, extend } from './ostro/extend.js';
export { type RedirectResponse, redirect } from './ostro/redirect.js';
export { OstroSession } from './ostro/session.js';
export { type StartSession, startSession } from './ostro/start-session.js';
export { type OstroRequest, type OstroResponse, session } from './ostro/visit.js';
