import assert from 'node:assert/strict';
import { once } from 'node:events';
import { hasStatus, pending, signal, textOf, within } from './case.js';
import {
  type NodeCaseDefinition,
  type SuiteResponse,
  textInTwo,
  textWithCookie,
} from './node-case.js';

/** A held answer, and what stands around the adapter. */
export const HELD_CASES: readonly NodeCaseDefinition[] = [
  {
    id: 'held/finished',
    title: 'an answer that was ended says so at once, though it waits for its session',
    run: async ({ serve }) => {
      const said: unknown[] = [];
      const { client } = await serve({
        handle: (_request, response, session) => {
          session.set('note', 'kept');
          const say = (): void =>
            void said.push(
              [response.headersSent, response.writableEnded, response.finished].join(),
              response.writableFinished,
            );
          say();
          response.write('pa');
          say();
          response.end('ge');
          say();
        },
      });
      assert.equal(await textWithCookie(await client.get('/')), 'page');
      assert.deepEqual(said, [
        'false,false,false',
        false,
        'true,false,false',
        false,
        'true,true,true',
        false,
      ]);
    },
  },
  {
    id: 'held/failed-after',
    title: 'an error behind an answer that was ended does not take the answer away',
    run: async ({ serve, store }) => {
      const { client } = await serve({
        handle: async (_request, response, session) => {
          session.set('note', 'kept');
          response.end('page');
          await Promise.resolve();
          throw new Error('thrown by a handler of the suite');
        },
      });
      const release = store.hold('create');
      const answer = pending(client.get('/'));
      await within(store.called('create'), 'the session was not stored');
      await new Promise((resolve) => setImmediate(resolve));
      release();
      assert.equal(await textWithCookie(await answer), 'page');
    },
  },
  {
    id: 'held/shutdown',
    title: 'a server that closes sends the answers that wait for their sessions',
    run: async ({ serve, store }) => {
      const { server, client } = await serve({
        handle: (_request, response, session) => {
          session.set('note', 'kept');
          response.end('page');
        },
      });
      const release = store.hold('create');
      const answer = pending(client.get('/'));
      await within(store.called('create'), 'the session was not stored');
      const isClosed = once(server, 'close');
      server.close();
      release();
      assert.equal(await textWithCookie(await answer), 'page');
      await isClosed;
    },
  },
  {
    id: 'held/head-hooks',
    title:
      'what other middleware does when the head is written runs at once, and once; what it changes in the session is stored',
    run: async ({ serve }) => {
      let count = 0;
      const { client } = await serve({
        handle: ({ url }, response, session) => {
          if (url === '/read') return void response.end(String(session.get('views', 0)));
          atHead(response, () => {
            count++;
            response.setHeader('X-Hook', String(session.increment('views')));
          });
          if (url === '/flush') response.flushHeaders();
          else if (url === '/write') response.write('');
          else if (url === '/head') response.writeHead(200);
          else response.end('');
          assert.equal(response.getHeader('x-hook'), String(count));
          return void (url !== '/end' && response.end());
        },
      });
      for (const [index, path] of ['/flush', '/write', '/head', '/end'].entries()) {
        const response = await client.get(path);
        assert.equal(await textOf(response), '');
        assert.equal(response.headers.get('x-hook'), String(index + 1));
        assert.equal(count, index + 1, `the hook ran more than once (${path})`);
        assert.equal(await textOf(await client.get('/read')), String(index + 1));
      }
    },
  },
  {
    id: 'held/head-hooks-in-front',
    title:
      'what middleware in front does when the head is written runs once, when the answer leaves, and sees its headers',
    run: async ({ serve, store }) => {
      const seen: unknown[] = [];
      const { client } = await serve({
        before: (_request, response) =>
          atHead(response, () => {
            seen.push([
              response.statusCode,
              [response.getHeader('set-cookie') ?? []].flat().length,
            ]);
            response.setHeader('X-Hook', 'yes');
          }),
        handle: ({ url }, response, session) => {
          session.set('note', 'kept');
          if (url === '/flush') response.flushHeaders();
          if (url === '/head') response.writeHead(201);
          response.end('page');
        },
      });
      for (const [path, status] of [
        ['/flush', 200],
        ['/head', 201],
        ['/end', 200],
      ] as const) {
        client.cookies.clear();
        const response = hasStatus(await client.get(path), status);
        assert.equal(await textWithCookie(response), 'page');
        assert.equal(response.headers.get('x-hook'), 'yes');
        assert.deepEqual(seen.splice(0), [[status, 1]]);
      }
      client.cookies.clear();
      store.fail('create');
      const lost = hasStatus(await client.get('/head'), 503);
      assert.equal(await lost.text(), 'error page');
      assert.deepEqual(seen, [[503, 0]]);
    },
  },
  {
    id: 'held/nothing',
    title: 'an answer whose session has nothing to store is not held back',
    run: async ({ serve }) => {
      const sent: boolean[] = [];
      const { client } = await serve({
        handle: ({ url }, response, session) => {
          if (url === '/set') session.set('note', 'kept');
          else {
            if (url === '/read') session.get('note');
            const before = response.socket?.bytesWritten ?? 0;
            response.flushHeaders();
            sent.push((response.socket?.bytesWritten ?? 0) > before);
          }
          response.end('page');
        },
      });
      for (const path of ['/', '/read', '/set', '/', '/read'])
        assert.equal(await textOf(await client.get(path)), 'page');
      assert.deepEqual(sent, [true, true, true, true]);
    },
  },
  ...(['before', 'handle'] as const).map(
    (side): NodeCaseDefinition => ({
      id: `held/flush-${side === 'before' ? 'in-front' : 'behind'}`,
      title: `what is written and flushed arrives at once through middleware that collects writes, ${side === 'before' ? 'in front of' : 'behind'} the adapter`,
      run: async ({ serve }) => {
        let received = signal();
        const { client } = await serve({
          before: (_request, response) => side === 'before' && collectWrites(response),
          handle: async ({ url }, response, session) => {
            if (side === 'handle') collectWrites(response);
            session.set('note', 'kept');
            if (url === '/flush') response.flushHeaders();
            response.write('one');
            response.flush?.();
            await received.promise;
            response.write('two');
            response.end('three');
          },
        });
        for (const path of ['/write', '/flush']) {
          client.cookies.clear();
          received = signal();
          const response = await within(client.get(path), 'what was flushed did not leave');
          assert.equal(response.headers.get('x-collected'), 'yes');
          const text = textInTwo(response, received.send);
          assert.deepEqual(await within(text, 'what was flushed did not leave'), [
            '(one)',
            '(two)(three)',
          ]);
        }
      },
    }),
  ),
  {
    id: 'held/refused',
    title: 'a status or a chunk that cannot be sent is an error of its request',
    run: async ({ serve }) => {
      const { client } = await serve({
        handle: ({ url }, response, session) => {
          session.set('note', 'kept');
          if (url === '/chunk') response.end(42);
          else if (url === '/head') response.writeHead(42).end();
          else Object.assign(response, { statusCode: 1000 }).end('lost');
        },
      });
      for (const path of ['/chunk', '/head', '/status']) {
        client.cookies.clear();
        const response = await client.get(path);
        assert.equal(response.status, 500);
        assert.equal(await textWithCookie(response), 'error page');
      }
    },
  },
];

/** What on-headers does: `hook` runs when the head is written. */
function atHead(response: SuiteResponse, hook: () => void): void {
  const { writeHead } = response;
  response.writeHead = (...parameters: unknown[]) => {
    hook();
    return writeHead.apply(response, parameters as never);
  };
}

/** What compression does: decides when the head is written, and keeps what is not flushed. */
function collectWrites(response: SuiteResponse): void {
  const { write, end } = response;
  let collected: string[] | undefined;
  const begin = (): void => {
    if (!response.headersSent) response.writeHead(response.statusCode);
  };
  atHead(response, () => {
    collected ??= [];
    response.setHeader('X-Collected', 'yes');
  });
  response.flush = () => {
    for (const chunk of collected?.splice(0) ?? []) write.call(response, `(${chunk})`, 'utf8');
  };
  response.write = (chunk: unknown) => {
    begin();
    if (collected === undefined) return write.call(response, chunk, 'utf8');
    collected.push(String(chunk));
    return true;
  };
  response.end = ((chunk: unknown) => {
    begin();
    if (chunk !== undefined) response.write(chunk);
    response.flush?.();
    return end.call(response, undefined, 'utf8');
  }) as never;
}
