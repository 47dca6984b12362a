import { createSessions } from 'sojourn';
import { sessionMiddleware } from 'sojourn/express';
import { memoryStore } from 'sojourn/stores/memory';

/** @typedef {import('express').Request} Request */

/** @type {import('sojourn').Sessions<{ cart: string[] }>} */
const sessions = createSessions({
  store: memoryStore({ warn: false }),
  cookie: { name: 'compare-sojourn' },
});

/** The shop's four verbs on Sojourn. */
export const withSojourn = {
  middleware: sessionMiddleware(sessions),

  /** @param {Request} request */
  visitor(request) {
    const session = sessions.of(request);
    return { user: session.userId, cart: session.get('cart', []) };
  },

  /** @param {Request} request @param {string} item */
  add(request, item) {
    sessions.of(request).push('cart', item);
  },

  /** @param {Request} request @param {string} user */
  async login(request, user) {
    await sessions.of(request).login(user);
  },

  /** @param {Request} request */
  async logout(request) {
    await sessions.of(request).logout();
  },
};
