import expressSession from 'express-session';
import { SECRET } from '../data.js';
import { plainVerbs } from '../systems/verbs.js';

/** @import { Application } from './index.js' */

/**
 * express-session as its manual recommends it, beside ours in frameworks that take its middleware.
 * @param {(middleware: import('express').RequestHandler) => Application} application
 */
export function besideExpressSession(application) {
  const store = new expressSession.MemoryStore();
  const options = { store, secret: SECRET, resave: false, saveUninitialized: false };
  return {
    'express-session': {
      verbs: plainVerbs,
      application: application(expressSession(options)),
    },
  };
}
