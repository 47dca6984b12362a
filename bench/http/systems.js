import { BARE } from '../measure.js';
import { handWritten } from '../systems/floor.js';
import { cookieSessionSystem, expressSessionOf, MemoryStore, sessionFileStore } from '../systems/peers.js';
import { inFiles, inMemory, inSqlite, sealed, sojournConnect } from '../systems/sojourn.js';
import { noVerbs } from '../systems/verbs.js';

/** @import { ConnectSystem } from '../systems/types.js' */

/** What a server process can run with, by name; `directory` is its own. @type {Record<string, (directory: string) => ConnectSystem>} */
export const SYSTEMS = {
  [BARE]: () => ({ ...noVerbs, middleware: (_request, _response, next) => next() }),
  'sojourn memory': () => sojournConnect(inMemory()),
  'sojourn sqlite': (directory) => sojournConnect(inSqlite(directory)),
  'sojourn file': (directory) => sojournConnect(inFiles(directory)),
  'sojourn sealed': () => sojournConnect(sealed()),
  'express-session MemoryStore': () => expressSessionOf(new MemoryStore()),
  'express-session session-file-store': (directory) => expressSessionOf(sessionFileStore(directory)),
  'cookie-session': cookieSessionSystem,
  'hand-written Map': handWritten,
};
