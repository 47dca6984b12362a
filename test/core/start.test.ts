import { expect, test } from 'vitest';
import { runForbidden } from './forbidden.js';

test('importing the package and setting up sessions uses no chance, no timer and no environment', () => {
  const output = runForbidden(`
    const { createSessions, cookieSessions, headerTransport, jsonCodec, addHeaders } =
      await import('./dist/index.js');
    const { richCodec } = await import('./dist/codecs/rich.js');
    const { memoryStore } = await import('./dist/stores/memory.js');
    const { tieredStore } = await import('./dist/stores/tiered.js');
    await import('./dist/adapters/fetch.js');
    await import('./dist/adapters/node.js');
    await import('./dist/adapters/express.js');

    const secret = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
    const store = memoryStore();
    const all = [
      createSessions({ store }),
      createSessions({ store, secret, encrypt: true, codec: richCodec(), rotateAfter: '1h' }),
      createSessions({ store, transport: headerTransport('x-session'), codec: jsonCodec() }),
      createSessions({ store, sessionsPerUser: { max: 3 }, clientFacts: true, trustProxy: 1 }),
      createSessions({ store: cookieSessions({ revocations: store }), secret }),
      createSessions({ store: tieredStore({ near: memoryStore(), far: store, staleness: '1s' }) }),
    ];
    for (const sessions of all) {
      sessions.on('created', () => undefined);
      // A visitor without a session costs nothing of it either.
      const session = await sessions.open({}, { secure: true });
      session.get('views');
      if (sessions.answerNow(session) === undefined) throw new Error('no answer in this tick');
    }

    // The watch sees what the first session needs.
    const stranger = await all[0].open({}, { secure: true });
    stranger.set('views', 1);
    const refusal = await all[0].commit(stranger).then(() => 'none', (error) => error.message);
    if (!/outside a request/.test(refusal)) throw new Error('the watch is blind: ' + refusal);
    isForbidden = false;
    const session = await all[0].open({}, { secure: true });
    session.set('views', 1);
    await all[0].commit(session);
    console.log(session.outcome);
  `);
  expect(output).toBe('created');
});
