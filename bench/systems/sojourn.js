import { z } from 'zod';
import { sessionMiddleware } from '../../dist/adapters/express.js';
import { sessionListener } from '../../dist/adapters/node.js';
import { cookieSessions, createSessions } from '../../dist/index.js';
import { dataSchema } from '../../dist/schema/index.js';
import { fileStore } from '../../dist/stores/file.js';
import { memoryStore } from '../../dist/stores/memory.js';
import { sqliteStore } from '../../dist/stores/sqlite.js';
import { SECRET } from '../data.js';
import { openRemoteStore } from '../remote-stores.js';
import { counted, STORE_VERBS } from './counted.js';
import { sojournVerbs } from './verbs.js';

/** @import { ConnectSystem, DirectSystem } from './types.js' */
/** @import { SessionOptions } from '../../dist/index.js' */

/** @returns {SessionOptions} */
export const inMemory = () => ({ store: memoryStore({ warn: false }) });
export const withSchema = () => {
  const item = z.object({ item: z.string(), amount: z.number() });
  const user = z.object({ name: z.string(), language: z.string(), theme: z.string() });
  const shape = { views: z.number().default(0), cart: z.array(item).default([]) };
  return { ...inMemory(), data: dataSchema(z.object({ ...shape, user: user.optional() })) };
};
/** @param {string} directory @returns {SessionOptions} */
export const inSqlite = (directory) => ({
  store: sqliteStore({ file: `${directory}/sessions.sqlite` }),
});
/** @param {string} directory @returns {SessionOptions} */
export const inFiles = (directory) => ({
  store: fileStore({ directory: `${directory}/sessions` }),
});
/** @returns {SessionOptions} */
export const sealed = () => ({ store: cookieSessions(), secret: SECRET });
/** @returns {SessionOptions} */
export const compressed = () => ({ store: cookieSessions({ compress: true }), secret: SECRET });

/** @param {string} name @param {string} url @returns {Promise<SessionOptions>} */
export async function inRemote(name, url) {
  const { store } = await openRemoteStore(name, url);
  return { store };
}

/**
 * @param {SessionOptions} options
 * @returns {ConnectSystem}
 */
export function sojournConnect(options) {
  const { store } = options;
  const storeCommands = store && 'read' in store ? counted(store, STORE_VERBS) : undefined;
  const sessions = createSessions(options);
  return {
    ...sojournVerbs,
    middleware: sessionMiddleware(sessions),
    listener: (handle) => sessionListener(sessions, handle),
    storeCommands,
  };
}

/**
 * @param {SessionOptions} options
 * @param {(sessions: import('../../dist/index.js').Sessions) => unknown} [prepare]
 * @returns {DirectSystem}
 */
export function sojournDirect(options, prepare = () => undefined) {
  const sessions = createSessions(options);
  prepare(sessions);
  return {
    ...sojournVerbs,
    async serve(request, response, act) {
      const session = await sessions.open(request.headers);
      act(session);
      for (const [name, value] of (await sessions.commit(session)).headers)
        response.setHeader(name, value);
      response.end('ok');
    },
  };
}
