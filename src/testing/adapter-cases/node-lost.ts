import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { isSessionError } from '../../core/errors.js';
import { hasStatus, pending, signal, textOf, within } from './case.js';
import type { NodeCaseDefinition } from './node-case.js';

/** An answer whose session could not be stored, and who still writes it. */
export const LOST_CASES: readonly NodeCaseDefinition[] = [
  {
    id: 'lost/callbacks',
    title:
      'a handler whose answer is lost goes on: callbacks get the error, drain comes once, later writes count as taken',
    run: async ({ serve, store }) => {
      const told: unknown[] = [];
      const isDone = signal();
      let drains = 0;
      const { client } = await serve({
        handle: async (_request, response, session) => {
          session.set('note', 'kept');
          response.on('drain', () => drains++);
          const chunk = 'lost'.repeat(response.writableHighWaterMark);
          const tell = (error?: Error | null): void => void told.push(error instanceof Error);
          const isTaken = response.write(chunk, tell);
          await once(response, 'drain');
          told.push(isTaken, response.write(chunk, 'utf8', tell));
          response.end('lost', tell);
          setImmediate(isDone.send);
        },
      });
      store.fail('create');
      assert.equal(await hasStatus(await client.get('/'), 503).text(), 'error page');
      await within(isDone.promise, 'the lost handler was not let go on');
      assert.deepEqual(
        [told.filter((one) => one === true).length, told.filter((one) => one === false).length],
        [4, 1],
        'the callbacks of three lost calls get an error; the first write waits, the second is taken',
      );
      assert.equal(drains, 1);
    },
  },
  {
    id: 'lost/source',
    title: 'a stream that was piped into a lost answer is read to its end and let go',
    run: async ({ serve, store }) => {
      const isEnded = signal();
      const { client } = await serve({
        handle: (_request, response, session) => {
          session.set('note', 'kept');
          const chunks = Array.from({ length: 200 }, () => 'lost'.repeat(1000));
          Readable.from(chunks).once('close', isEnded.send).pipe(response);
        },
      });
      store.fail('create');
      assert.equal(await hasStatus(await client.get('/'), 503).text(), 'error page');
      await within(isEnded.promise, 'the source of the lost answer is still open');
    },
  },
  {
    id: 'lost/shared-source',
    title: 'a stream that serves several visitors goes on for the others, and writes no error page',
    run: async ({ serve, store }) => {
      const source = new PassThrough();
      source.setMaxListeners(0).on('error', () => undefined);
      const isAsked = signal();
      const isReceived = signal();
      const { client } = await serve({
        handle: ({ url }, response, session) => {
          if (url === '/lost') session.set('note', 'kept');
          source.pipe(response);
          if (url === '/lost') source.write('one ');
          else response.flushHeaders();
        },
        onError: async (_error, _request, response) => {
          isAsked.send();
          await isReceived.promise;
          response.end('error page');
        },
      });
      const other = await client.get('/');
      store.fail('create');
      const lost = pending(client.get('/lost'));
      await within(isAsked.promise, 'the error was not answered');
      source.write('two ');
      await new Promise((resolve) => setImmediate(resolve));
      isReceived.send();
      assert.equal(await hasStatus(await lost, 503).text(), 'error page');
      source.end('three');
      const text = within(textOf(other), 'the answer of the other visitor did not come to its end');
      assert.equal(await text, 'one two three');
    },
  },
  {
    id: 'lost/context',
    title:
      'the error is answered from wherever its handler likes, while the lost handler goes on writing',
    run: async ({ serve, store }) => {
      const isAsked = signal();
      const isWritten = signal();
      let answerError = (): boolean => false;
      const isAnswered = signal();
      const isOver = signal();
      const { client } = await serve({
        handle: async (_request, response, session) => {
          session.set('note', 'kept');
          response.write('lost');
          await isAsked.promise;
          response.write('lost');
          isWritten.send();
          await isAnswered.promise;
          response.write('lost');
          response.end('lost');
          isOver.send();
        },
        onError: (_error, _request, response) => {
          // Called by the test, which is no part of the request.
          answerError = () => response.end('error page').writableEnded;
          isAsked.send();
        },
      });
      store.fail('create');
      const answer = pending(client.get('/'));
      await within(isAsked.promise, 'the error was not answered');
      await isWritten.promise;
      assert.ok(answerError(), 'the error page was taken for the lost answer');
      assert.equal(await hasStatus(await answer, 503).text(), 'error page');
      isAnswered.send();
      await within(isOver.promise, 'the lost handler was not let go on');
    },
  },
  {
    id: 'lost/behind',
    title:
      'middleware behind the adapter that is in the middle of a lost answer adds nothing to the error page',
    run: async ({ serve, store }) => {
      const isOver = signal();
      const { client } = await serve({
        handle: (_request, response, session) => {
          session.set('note', 'kept');
          const { write, end } = response;
          response.write = () => write.call(response, 'lost', 'utf8');
          response.end = (() => {
            setImmediate(() => {
              write.call(response, 'lost', 'utf8');
              end.call(response, 'lost', 'utf8');
              isOver.send();
            });
          }) as never;
          response.write('page');
          response.end();
        },
        onError: async (_error, _request, response) => {
          await isOver.promise;
          response.end('error page');
        },
      });
      store.fail('create');
      assert.equal(await hasStatus(await client.get('/'), 503).text(), 'error page');
    },
  },
  {
    id: 'lost/error-page',
    title: 'the error page has the session of its request, and what it writes is refused',
    run: async ({ serve, store, sessions }) => {
      let outcome: unknown = 'nobody asked';
      const { client } = await serve({
        handle: ({ url }, response, session) => {
          if (url === '/read') return void response.end(session.get('status', 'none'));
          session.set('note', 'kept');
          return void response.end('lost');
        },
        onError: (_error, _request, response) => {
          store.heal();
          try {
            sessions.current().flash('status', 'Try again');
            outcome = 'taken';
          } catch (error) {
            outcome = isSessionError(error) ? error.code : error;
          }
          response.end('error page');
        },
      });
      store.fail('create');
      assert.equal(await hasStatus(await client.get('/'), 503).text(), 'error page');
      const kept = await textOf(await client.get('/read'));
      assert.deepEqual([outcome, kept], ['commit-failed', 'none']);
    },
  },
];
