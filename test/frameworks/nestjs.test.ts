import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type * as Common from '@nestjs/common';
import { of } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { SessionModule } from '../../src/adapters/nestjs.js';
import type { Session } from '../../src/index.js';
import { SessionError } from '../../src/index.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { suiteRequest } from '../adapters/reply.js';
import { nests, type Reply, shop, visitor } from './nest-apps.js';

describe.each(nests)('%s', (_name, nest) => {
  const { All, Catch, Controller, ForbiddenException, Get, Param, Redirect, Req, Res } =
    nest.common;
  const { Session: SessionOfRequest, Sse, StreamableFile } = nest.common;
  adapterSuite({
    test,
    start: ({ sessions, handle }) => {
      @Controller()
      class Suite {
        @All('*')
        async answer(
          @Req() request: object,
          @Res({ passthrough: true }) reply: Reply,
          @SessionOfRequest() own: Session<SuiteData>,
        ) {
          const raw = 'raw' in request ? request.raw : request;
          const { status, headers, body } = await handle(suiteRequest(raw as never), own);
          reply.status(status);
          for (const [name, value] of headers) append(reply, name, value);
          if (typeof body === 'object') return new StreamableFile(Readable.from(body));
          // Express adds a charset to the type of a text.
          const isText = body === undefined || reply.getHeader('Content-Type') === undefined;
          return isText ? body : new StreamableFile(Buffer.from(body));
        }
      }
      return nest.serve({
        imports: [SessionModule.forRoot({ sessions })],
        controllers: [Suite],
      });
    },
  });

  /** Fastify adds to cookies and to nothing else. */
  function append(reply: Reply, name: string, value: string): void {
    if (nest.platform === 'Express') {
      (reply as unknown as ServerResponse).appendHeader(name, value);
      return;
    }
    const present = name === 'Set-Cookie' ? undefined : reply.getHeader(name);
    reply.header(name, present === undefined ? value : [present, value].flat());
  }

  describe('in the habit of Nest', () => {
    test('an error page of Nest is stored: an exception, another error, and a path without route', async () => {
      const { sessions } = shop();
      @Controller()
      class Routes {
        @Get(':kind')
        fail(@Param('kind') kind: string) {
          sessions.current().increment('views');
          throw kind === 'exception' ? new ForbiddenException('no') : new Error('no');
        }
      }
      const { client } = await visitor(nest, sessions, { controllers: [Routes] });
      const first = await client.get('/exception');
      expect([first.status, await first.json()]).toEqual([
        403,
        { statusCode: 403, message: 'no', error: 'Forbidden' },
      ]);
      expect(first.headers.getSetCookie().length).toBe(1);
      const second = await client.get('/error');
      expect([second.status, await second.json()]).toEqual([
        500,
        { statusCode: 500, message: 'Internal server error' },
      ]);
      expect((await client.get('/nowhere/at/all')).status).toBe(404);
      const [entry] = (await sessions.list()).sessions;
      expect((await sessions.read(entry!.id))?.data).toEqual({ views: 2 });
    });

    test('an exception filter gets the SessionError, and its page has nothing of the lost answer', async () => {
      const { sessions, store } = shop();
      store.create = () => Promise.reject(new Error('disk full'));
      const caught: string[] = [];
      @Catch(SessionError)
      class Page implements Common.ExceptionFilter {
        catch(error: SessionError, host: Common.ArgumentsHost) {
          caught.push(error.code);
          host.switchToHttp().getResponse<Reply>().status(error.status).send('own page');
        }
      }
      @Controller()
      class Routes {
        @Get()
        @Redirect('/paid')
        pay(@Res({ passthrough: true }) reply: Reply) {
          sessions.current().increment('views');
          reply.header('Set-Cookie', 'own=1').header('X-Own', '1');
        }
      }
      const { client } = await visitor(nest, sessions, { controllers: [Routes] }, (app) =>
        app.useGlobalFilters(new Page()),
      );
      const response = await client.get('/', { redirect: 'manual' });
      expect([response.status, await response.text(), caught]).toEqual([
        503,
        'own page',
        ['store-failed'],
      ]);
      expect(['location', 'x-own', 'set-cookie'].map((name) => response.headers.get(name))).toEqual(
        [null, null, null],
      );
      expect(response.headers.get('cache-control')).toBe('no-store');
    });

    test('what @Res() sends by itself is stored first', async () => {
      const { sessions } = shop();
      @Controller()
      class Routes {
        @Get()
        send(@Res() reply: Reply) {
          sessions.current().increment('views');
          reply.status(418).send(`sent ${sessions.current().get('views')}`);
        }
      }
      const { client } = await visitor(nest, sessions, { controllers: [Routes] });
      const response = await client.get('/');
      expect([response.status, await response.text()]).toEqual([418, 'sent 1']);
      expect(await (await client.get('/')).text()).toBe('sent 2');
    });

    test('an event stream of @Sse() is stored; on Fastify by save() alone', async () => {
      const { sessions } = shop();
      @Controller()
      class Routes {
        @Sse()
        async watch() {
          const own = sessions.current().set('views', 1);
          if (nest.platform === 'Fastify') await own.save();
          return of({ data: 'event' });
        }
      }
      const { client } = await visitor(nest, sessions, { controllers: [Routes] });
      expect(await (await client.get('/')).text()).toContain('data: event');
      expect(await sessions.count()).toBe(1);
    });

    test('a StreamableFile begins once its session is stored, and keeps its headers', async () => {
      const { sessions } = shop();
      @Controller()
      class Routes {
        @Get()
        file() {
          sessions.current().increment('views');
          return new StreamableFile(Readable.from([Buffer.from('a'), Buffer.from('b')]), {
            type: 'text/csv',
            disposition: 'attachment; filename="a.csv"',
          });
        }
      }
      const { client } = await visitor(nest, sessions, { controllers: [Routes] });
      const response = await client.get('/');
      expect(await response.text()).toBe('ab');
      expect(response.headers.get('content-type')).toContain('text/csv');
      expect(response.headers.get('content-disposition')).toContain('a.csv');
      expect([await sessions.count(), response.headers.getSetCookie().length]).toEqual([1, 1]);
    });

    test('a global prefix, and routes outside of it, have the session', async () => {
      const { sessions } = shop();
      @Controller()
      class Routes {
        @Get(['in', 'out'])
        count() {
          return String(sessions.current().increment('views'));
        }
      }
      const { client } = await visitor(nest, sessions, { controllers: [Routes] }, (app) =>
        app.setGlobalPrefix('api', { exclude: ['out'] }),
      );
      expect(await (await client.get('/api/in')).text()).toBe('1');
      expect(await (await client.get('/out')).text()).toBe('2');
    });

    test('a request to itself with the same cookies keeps both changes', async () => {
      const { sessions } = shop();
      @Controller()
      class Routes {
        @Get('inner')
        count() {
          return String(sessions.current().increment('views'));
        }
        @Get('outer')
        async call() {
          sessions.current().increment('views');
          return (await client.get('/inner')).text();
        }
      }
      const { client } = await visitor(nest, sessions, { controllers: [Routes] });
      await client.get('/inner');
      await client.get('/outer');
      expect(await (await client.get('/inner')).text()).toBe('4');
      expect(await sessions.count()).toBe(1);
    });
  });
});
