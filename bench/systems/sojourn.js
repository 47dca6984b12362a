import { sessionMiddleware } from '../../dist/adapters/express.js';
import { sessionListener } from '../../dist/adapters/node.js';
import { createSessions } from '../../dist/index.js';
import { fileStore } from '../../dist/stores/file.js';
import { memoryStore } from '../../dist/stores/memory.js';
import { sqliteStore } from '../../dist/stores/sqlite.js';
import { counted } from './counted.js';
import { sojournVerbs } from './verbs.js';

/** @import { ConnectSystem, DirectSystem } from './types.js' */
/** @import { SessionOptions } from '../../dist/index.js' */

const SECRET = 'uLq0n4Vd3Xr8Jw5Tz7Yb1Kc6Hg2Sf9Pm-bench';

/** @returns {SessionOptions} */
export const inMemory = () => ({ store: memoryStore({ warn: false }) });
/** @param {string} directory @returns {SessionOptions} */
export const inSqlite = (directory) => ({ store: sqliteStore({ file: `${directory}/sessions.sqlite` }) });
/** @param {string} directory @returns {SessionOptions} */
export const inFiles = (directory) => ({ store: fileStore({ directory: `${directory}/sessions` }) });
/** @returns {SessionOptions} */
export const sealed = () => ({ sealed: true, secret: SECRET });

/**
 * @param {SessionOptions} options
 * @returns {ConnectSystem}
 */
export function sojournConnect(options) {
  const storeCommands = options.store && counted(options.store, ['read', 'create', 'update', 'touch', 'destroy']);
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
 * @returns {DirectSystem}
 */
export function sojournDirect(options) {
  const sessions = createSessions(options);
  return {
    ...sojournVerbs,
    async serve(request, response, act) {
      const session = await sessions.open(request.headers);
      act(session);
      for (const [name, value] of await sessions.commit(session)) response.setHeader(name, value);
      response.end('ok');
    },
  };
}
