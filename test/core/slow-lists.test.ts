import { describe, expect, test } from 'vitest';
import type { SessionEntry, SessionStore } from '../../src/index.js';
import { eachEntry } from '../../src/stores/contract.js';
import { visits } from './visits.js';

interface Data {
  n: number;
}

const ROUNDS = 20;

/**
 * A user with a device that regenerates before each page of a list. A page holds one record, in the
 * order of the ids, as a database gives them: the device moves to both sides of the page.
 */
async function moving() {
  let move: () => Promise<unknown> = async () => undefined;
  const wrap = (store: SessionStore): SessionStore => ({
    ...store,
    async byUser(userId, { after = '' }) {
      await move();
      const list = (page: { limit: number }) => store.byUser?.(userId, page) ?? { entries: [] };
      const all: SessionEntry[] = [];
      for await (const entry of eachEntry(async (page) => list(page))) all.push(entry);
      const rest = all
        .filter(({ id }) => id > after)
        .sort((one, other) => (one.id < other.id ? -1 : 1));
      return { entries: rest.slice(0, 1), next: rest.length > 1 ? rest[0]?.id : undefined };
    },
  });
  const server = visits<Data>({ storeTimeout: '1m' }, wrap);
  let token = await server.visit('', (session) => session.set('n', 0).login('ada'));
  let moves = 0;
  move = async () => {
    if (++moves > 12) return;
    token = await server.visit(token, (session) => session.isNew || session.regenerate());
  };
  return { ...server, isAlive: async () => !(await server.open(token)).isNew, token: () => token };
}

/** What `task` gives in many rounds, each with ids of its own. */
async function inRounds<Result>(task: () => Promise<Result>): Promise<Set<Result>> {
  const results = new Set<Result>();
  for (let round = 0; round < ROUNDS; round++) results.add(await task());
  return results;
}

describe('S-17 a session that moves while its user is listed, again and again', () => {
  test('is ended by destroyUser', async () => {
    const left = await inRounds(async () => {
      const { sessions, isAlive } = await moving();
      return `${await sessions.destroyUser('ada')} ended, alive: ${await isAlive()}`;
    });
    expect([...left]).toEqual(['1 ended, alive: false']);
  });

  test('is changed once by changeUser', async () => {
    const found = await inRounds(async () => {
      const server = await moving();
      const changed = await server.sessions.changeUser('ada', (session) => session.increment('n'));
      return `${changed} changed, ${JSON.stringify(await server.found(server.token()))}`;
    });
    expect([...found]).toEqual(['1 changed, {"n":1}']);
  });

  test('is given once by ofUser', async () => {
    const counts = await inRounds(async () => {
      const { sessions } = await moving();
      return (await sessions.ofUser('ada')).length;
    });
    expect([...counts]).toEqual([1]);
  });
});
