import session from 'express-session';

/** The shop's four verbs as the README of express-session teaches them. */
export const withExpressSession = {
  middleware: session({
    name: 'compare-express-session',
    secret: 'a demo has no secret',
    resave: false,
    saveUninitialized: false,
  }),

  /** @param {any} request */
  visitor: ({ session: { user, cart = [] } }) => ({ user, cart }),

  /** @param {any} request @param {string} item */
  add(request, item) {
    const { cart = [] } = request.session;
    request.session.cart = [...cart, item];
  },

  /** @param {any} request @param {string} user */
  async login(request, user) {
    const { cart } = request.session;
    await done((callback) => request.session.regenerate(callback));
    Object.assign(request.session, { user, cart });
    await done((callback) => request.session.save(callback));
  },

  /** @param {any} request */
  logout: (request) => done((callback) => request.session.destroy(callback)),
};

/** @param {(callback: (error?: unknown) => void) => void} task @returns {Promise<void>} */
function done(task) {
  return new Promise((resolve, reject) => {
    task((error) => (error ? reject(error) : resolve()));
  });
}
