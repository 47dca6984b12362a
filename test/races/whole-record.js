import { randomUUID } from 'node:crypto';

/**
 * Sessions as most systems keep them: read whole, written back whole. @type
 * {import('../../bench/races/systems.js').Start}
 */
export async function start({ answer }) {
  /** @type {Map<string, string>} */
  const records = new Map();
  return {
    async listener(request, response) {
      let id = /sid=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? randomUUID();
      let data = JSON.parse(records.get(id) ?? '{}');
      const body = await answer(request.url ?? '', {
        data: () => data,
        user: () => data.user,
        set(key) {
          data[key] = 1;
        },
        increment(key) {
          data[key] = (data[key] ?? 0) + 1;
        },
        login(user) {
          records.delete(id);
          id = randomUUID();
          data.user = user;
        },
        logout() {
          records.delete(id);
          data = {};
        },
      });
      if (Object.keys(data).length > 0) records.set(id, JSON.stringify(data));
      response.setHeader('Set-Cookie', `sid=${id}`);
      response.end(JSON.stringify(body));
    },
  };
}
