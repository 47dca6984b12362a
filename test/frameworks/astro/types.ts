// Compiled by `npm run check`, never run: Astro's types take the middleware and the driver.
import type { MiddlewareHandler, SessionDriver } from 'astro';
import { astroSession, type SessionLocals } from '../../../src/adapters/astro.js';
import { toAstro } from '../../../src/bridges/astro.js';
import { createSessions } from '../../../src/index.js';
import { memoryStore } from '../../../src/stores/memory.js';

interface Shop {
  views: number;
}

const sessions = createSessions<Shop>({ store: memoryStore() });

export const onRequest: MiddlewareHandler = astroSession(sessions);
export const withAddress: MiddlewareHandler = astroSession(sessions, {
  connection: ({ clientAddress }) => ({ remoteAddress: clientAddress }),
});
export const driver: SessionDriver = toAstro(memoryStore());

export function show(locals: SessionLocals<Shop>): number {
  // @ts-expect-error there is no such name
  locals.session.get('vews');
  return locals.session.increment('views');
}
