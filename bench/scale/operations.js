import { createSessions, headerTransport } from '../../dist/index.js';

/** @import { Sessions, SessionStore } from '../../dist/index.js' */

/** What a shop keeps of a visitor: about 300 bytes of JSON. */
const DATA = {
  theme: 'dark',
  views: 0,
  cart: ['4006381333931', '4006381333948', '4006381333955'].map((article) => ({
    article,
    name: 'A felt-tip pen, blue',
    amount: 2,
    cents: 149,
  })),
};

const HEADER = 'x-session';

/**
 * Does each operation of a session as often as asked, as requests without HTTP.
 * @param {SessionStore} store @param {() => number} now
 */
export function createOperations(store, now) {
  const transport = headerTransport(HEADER);
  // Traces of ended sessions leave soon, so that sizes are those of live sessions.
  const [second, minute] = /** @type {const} */ (['1s', '1m']);
  const options = { store, transport, now, deadFor: second, storeTimeout: minute };
  /** @type {Sessions} */
  const sessions = createSessions(options);
  /** Whose tokens are always old enough to be renewed. @type {Sessions} */
  const renewing = createSessions({ ...options, rotateAfter: '1ms' });

  /**
   * One request. Gives the token that its client has afterwards. @param {string} token @param
   * {(session: import('../../dist/index.js').Session) => unknown} handler
   */
  async function visit(token, handler, from = sessions) {
    const session = await from.open({ [HEADER]: token });
    await handler(session);
    const { headers } = await from.commit(session);
    return headers.find(([name]) => name.toLowerCase() === HEADER)?.[1] ?? token;
  }

  /** @type {Record<string, (token: string, number: number) => Promise<string>>} */
  const operations = {
    read: (token) => visit(token, (session) => session.get('views')),
    change: (token) => visit(token, (session) => session.increment('views')),
    touch: (token) => visit(token, (session) => session.touch()),
    renewal: (token) => visit(token, (session) => session.get('views'), renewing),
    login: (token, number) => visit(token, (session) => session.login(`user-${number}`)),
    logout: (token) => visit(token, (session) => session.logout()),
    create: () =>
      visit('', (session) => {
        for (const [key, value] of Object.entries(DATA)) session.set(key, value);
      }),
  };

  return {
    names: Object.keys(operations),
    /**
     * Once for each token, so many at a time; gives the tokens afterwards. @param {string} name
     * @param {readonly string[]} tokens @param {number} atOnce
     */
    async each(name, tokens, atOnce) {
      const operation = operations[name];
      if (operation === undefined) throw new Error(`There is no operation ${name}.`);
      const after = [...tokens];
      let next = 0;
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (let number = next++; number < tokens.length; number = next++)
            after[number] = await operation(tokens[number] ?? '', number);
        }),
      );
      return after;
    },
    prune: () => sessions.prune(),
  };
}
