import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { isSessionError } from '../../core/errors.js';
import type { Session } from '../../core/session.js';
import {
  type CaseDefinition,
  chunks,
  hasStatus,
  pending,
  type Route,
  type Subject,
  type SuiteData,
  signal,
  textOf,
  within,
} from './case.js';

const PAGE: Route = () => ({ body: 'page' });
const CHUNK = 65_536;

/** Changes that come too late. */
const LATE: Readonly<Record<string, (session: Session<SuiteData>) => unknown>> = {
  write: (session) => session.increment('views'),
  login: (session) => session.login('alice'),
  regenerate: (session) => session.regenerate(),
};

/** Bodies that come in chunks, and clients that go away. */
export const STREAM_CASES: readonly CaseDefinition[] = [
  {
    id: 'stream/order',
    title: 'every chunk arrives, in order, after the session is stored',
    run: async ({ serve }) => {
      const texts = Array.from({ length: 200 }, (_, index) => `${index},`);
      const client = await serve({
        '/': (session) => {
          session.set('note', 'kept');
          return { body: chunks(texts) };
        },
        '/empty': (session) => {
          session.set('note', 'kept');
          return { body: chunks([]) };
        },
      });
      assert.equal(await textOf(await client.get('/')), texts.join(''));
      assert.equal(await textOf(await client.get('/empty')), '');
      assert.equal(client.cookies.list().length, 1);
    },
  },
  {
    id: 'stream/pressure',
    title: 'a body is made only as fast as the client takes it, and arrives whole',
    run: async ({ serve }) => {
      const total = 512;
      let made = 0;
      async function* body(): AsyncGenerator<Uint8Array, void> {
        for (; made < total; made++) yield chunkNumber(made);
      }
      const client = await serve({
        '/page': PAGE,
        '/': (session) => {
          session.set('note', 'kept');
          return { body: body() };
        },
      });
      const response = hasStatus(await client.get('/'), 200);
      for (let before = -1; before !== made; ) {
        before = made;
        for (let other = 0; other < 20; other++) await textOf(await client.clone().get('/page'));
      }
      assert.ok(made < total, `all ${total} chunks were made though none was read`);
      const expected = createHash('md5');
      for (let index = 0; index < total; index++) expected.update(chunkNumber(index));
      const received = createHash('md5').update(new Uint8Array(await response.arrayBuffer()));
      assert.equal(received.digest('hex'), expected.digest('hex'));
    },
  },
  ...Object.entries(LATE).map(
    ([verb, change]): CaseDefinition => ({
      id: `stream/too-late${verb === 'write' ? '' : `-${verb}`}`,
      title: `after the response began ${verb === 'write' ? 'a write' : verb} is an error, and nothing is stored`,
      run: (subject) => isTooLate(subject, (session) => String(session.get('note')), change),
    }),
  ),
  ...Object.entries(LATE).map(
    ([verb, change]): CaseDefinition => ({
      id: `stream/untouched-${verb}`,
      title: `so it is in a session that nobody looked at before (${verb})`,
      run: (subject) => isTooLate(subject, () => 'page', change),
    }),
  ),
  {
    id: 'stream/abort',
    title: 'when the client goes away the body is ended, and the server goes on',
    run: async ({ serve }) => {
      const ended = signal();
      const client = await serve({
        '/page': PAGE,
        '/': (session) => {
          session.set('note', 'kept');
          return { body: endless(ended.send) };
        },
      });
      const response = hasStatus(await client.get('/'), 200);
      const reader = response.body?.getReader();
      assert.equal((await reader?.read())?.done, false);
      await reader?.cancel();
      await within(ended.promise, 'the body was not ended');
      assert.equal(await textOf(await client.get('/page')), 'page');
    },
  },
  {
    id: 'stream/gone',
    title: 'what a handler wrote is stored though the client went away before the response',
    run: async ({ serve, store }) => {
      const arrived = signal();
      const left = signal();
      const client = await serve({
        '/page': PAGE,
        '/': async (session) => {
          session.set('note', 'kept');
          arrived.send();
          await left.promise;
          return { body: 'for nobody' };
        },
      });
      const abort = new AbortController();
      const answer = pending(client.get('/', { signal: abort.signal }));
      await arrived.promise;
      abort.abort();
      await assert.rejects(answer);
      assert.equal(await textOf(await client.get('/page')), 'page');
      left.send();
      await within(store.called('create'), 'the session was not stored');
      assert.equal(await textOf(await client.get('/page')), 'page');
      assert.equal(await store.count(), 1);
    },
  },
  {
    id: 'stream/gone-held',
    title:
      'a client that goes away while its session is being stored disturbs nobody, and the session is stored',
    run: async ({ serve, store }) => {
      const client = await serve({
        '/page': PAGE,
        '/text': (session) => {
          session.set('note', 'kept');
          return { body: 'for nobody' };
        },
        '/chunks': (session) => {
          session.set('note', 'kept');
          return { body: chunks(['for', 'nobody']) };
        },
      });
      for (const path of ['/text', '/chunks']) {
        store.calls.length = 0;
        const release = store.hold('create');
        const abort = new AbortController();
        const answer = assert.rejects(client.get(path, { signal: abort.signal }));
        await within(store.called('create'), 'the session was not stored');
        abort.abort();
        await answer;
        assert.equal(await textOf(await client.get('/page')), 'page');
        release();
        assert.equal(await textOf(await client.get('/page')), 'page');
      }
      assert.equal(await store.count(), 2);
    },
  },
];

/**
 * A change that comes while the response is on its way fails with `too-late`, and the visitor keeps
 * the session. `begin` gives the first chunk.
 */
async function isTooLate(
  { serve, store }: Subject,
  begin: (session: Session<SuiteData>) => string,
  change: (session: Session<SuiteData>) => unknown,
): Promise<void> {
  let received = signal();
  let code = 'none';
  const client = await serve({
    '/note': (session) => {
      session.set('note', 'kept');
      return {};
    },
    '/user': (session) => ({ body: `${session.userId} ${session.get('note')}` }),
    '/': (session) => ({
      body: (async function* () {
        yield* chunks([begin(session)]);
        await received.promise;
        try {
          await change(session);
        } catch (error) {
          if (isSessionError(error)) code = error.code;
        }
      })(),
    }),
  });
  for (const isNew of [true, false]) {
    if (!isNew) await textOf(await client.post('/note'));
    store.calls.length = 0;
    code = 'none';
    received = signal();
    const response = hasStatus(await client.get('/'), 200);
    received.send();
    await response.text();
    assert.equal(code, 'too-late', isNew ? 'a new session' : 'a stored session');
    assert.deepEqual(store.calls, isNew ? [] : ['read']);
    assert.equal(
      await textOf(await client.get('/user')),
      `undefined ${isNew ? 'undefined' : 'kept'}`,
    );
  }
}

/** Its own number in every place. */
function chunkNumber(index: number): Uint8Array {
  return new Uint8Array(new Uint32Array(CHUNK / 4).fill(index).buffer);
}

async function* endless(onEnd: () => void): AsyncGenerator<Uint8Array, void> {
  try {
    for (let index = 0; ; index++) {
      yield chunkNumber(index);
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    onEnd();
  }
}
