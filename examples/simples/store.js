// The store of simpleS's documentation, with its four functions filled in.
const sessions = new Map();

export const implementation = {
  // id: string
  async get(id) {
    const [expiresAt, text] = sessions.get(id) ?? [0, 'null'];
    return expiresAt > Date.now() ? JSON.parse(text) : null;
  },

  // id: string
  // session: simples.Session
  // timeout: number
  async set(id, session, timeout) {
    sessions.set(id, [Date.now() + timeout, JSON.stringify(session)]);
  },

  // id: string
  async remove(id) {
    sessions.delete(id);
  },

  // id: string
  // timeout: number
  async update(id, timeout) {
    const [, text] = sessions.get(id) ?? [];
    if (text !== undefined) sessions.set(id, [Date.now() + timeout, text]);
  },
};
