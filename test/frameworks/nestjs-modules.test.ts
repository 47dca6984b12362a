import type * as Common from '@nestjs/common';
import { map } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loggedInGuard, SESSIONS, SessionModule } from '../../src/adapters/nestjs.js';
import type { Session, Sessions } from '../../src/index.js';
import { createSessions, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createClient } from '../../src/testing/client.js';
import { nests, type Reply, type Shop, shop, visitor } from './nest-apps.js';

describe.each(nests)('%s', (_name, nest) => {
  const { serve } = nest;
  const { Catch, Controller, ForbiddenException, Get, HttpException, Inject } = nest.common;
  const { Injectable, Module, Param, Post, Scope, Session: SessionOfRequest } = nest.common;
  const { UnauthorizedException, UseFilters, UseGuards } = nest.common;
  const { APP_GUARD, APP_INTERCEPTOR } = nest.core;

  test('@Session() of Nest gives the session, and session() gives it everywhere else', async () => {
    const { sessions } = shop();
    const seen: string[] = [];
    const see = (where: string): void => {
      seen.push(`${where} ${session().get('views')}`);
    };

    @Injectable()
    class Cart {
      count() {
        see('service');
        return sessions.current().increment('views');
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class Order {
      constructor() {
        see('request-scoped constructor');
      }
      count() {
        see('request-scoped service');
        return sessions.current().increment('views');
      }
    }
    @Catch(HttpException)
    class Page implements Common.ExceptionFilter {
      catch(error: Common.HttpException, host: Common.ArgumentsHost) {
        see('filter');
        host.switchToHttp().getResponse<Reply>().status(error.getStatus()).send(error.message);
      }
    }
    @Controller()
    @UseFilters(Page)
    class Routes {
      readonly cart: Cart;
      readonly order: Order;
      constructor(@Inject(Cart) cart: Cart, @Inject(Order) order: Order) {
        this.cart = cart;
        this.order = order;
      }
      @Post()
      count(
        @SessionOfRequest() own: Session<Shop>,
        @Param({
          transform: (value: unknown) => {
            see('pipe');
            return value;
          },
        })
        _parameters: unknown,
      ) {
        own.increment('views');
        return `${this.cart.count()} ${this.order.count()} ${own === (session() as unknown)}`;
      }
      @Get('fails')
      fail() {
        sessions.current().increment('views');
        throw new ForbiddenException('not yours');
      }
    }
    const watch = {
      intercept(_context: Common.ExecutionContext, next: { handle(): ReturnType<typeof map> }) {
        see('interceptor in front');
        return (next.handle() as never as { pipe(step: unknown): unknown }).pipe(
          map((value: unknown) => {
            see('interceptor behind');
            return value;
          }),
        );
      },
    };
    const { client } = await visitor(nest, sessions, {
      controllers: [Routes],
      providers: [
        Cart,
        Order,
        {
          provide: APP_GUARD,
          useValue: {
            canActivate: () => {
              see('guard');
              return true;
            },
          },
        },
        { provide: APP_INTERCEPTOR, useValue: watch },
      ],
    });
    const first = await client.request('/', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"a":1}',
    });
    expect(await first.text()).toBe('2 3 true');
    expect(first.headers.getSetCookie().length).toBe(1);
    expect(seen).toEqual([
      'request-scoped constructor undefined',
      'guard undefined',
      'interceptor in front undefined',
      'pipe undefined',
      'service 1',
      'request-scoped service 2',
      'interceptor behind 3',
    ]);
    const failed = await client.get('/fails');
    expect([failed.status, await failed.text(), seen.at(-1)]).toEqual([
      403,
      'not yours',
      'filter 4',
    ]);
    expect(await (await client.post('/')).text()).toBe('6 7 true');
  });

  test('loggedInGuard lets visitors pass who are logged in, and others get the exception', async () => {
    const { sessions } = shop();
    @Controller()
    class Routes {
      @Post('login/:user')
      async login(@Param('user') user: string) {
        await sessions.current().login(user);
      }
      @Get('account')
      @UseGuards(loggedInGuard(UnauthorizedException))
      show() {
        return sessions.current().userId;
      }
    }
    const { client } = await visitor(nest, sessions, { controllers: [Routes] });
    const refused = await client.get('/account');
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { statusCode: 401, message: 'Unauthorized' },
    ]);
    await client.post('/login/ada');
    expect(await (await client.get('/account')).text()).toBe('ada');
  });

  test('forRootAsync: the factory gets what it asks for, SESSIONS gives what it made, to each application its own', async () => {
    @Module({ providers: [{ provide: 'NAME', useValue: 'shop' }], exports: ['NAME'] })
    class Settings {}
    @Controller()
    class Routes {
      readonly sessions: Sessions<Shop>;
      constructor(@Inject(SESSIONS) sessions: Sessions<Shop>) {
        this.sessions = sessions;
      }
      @Get()
      count() {
        return String(this.sessions.current().increment('views'));
      }
    }
    @Module({
      imports: [
        SessionModule.forRootAsync({
          imports: [Settings],
          inject: ['NAME'],
          useFactory: async (name: string) => ({
            sessions: createSessions<Shop>({
              store: memoryStore(),
              cookie: { name },
            }),
          }),
        }),
      ],
      controllers: [Routes],
    })
    class App {}
    const servers = [
      await serve({ imports: [App as never] }),
      await serve({ imports: [App as never] }),
    ];
    for (const server of servers) onTestFinished(server.stop);
    const [first, second] = servers.map((server) => createClient(server));
    expect(await (await first!.get('/')).text()).toBe('1');
    expect(await (await first!.get('/')).text()).toBe('2');
    expect(first!.cookies.list()[0]?.name).toContain('shop');
    expect(await (await second!.get('/')).text()).toBe('1');
    expect(await servers[0]!.app.get<Sessions>(SESSIONS).count()).toBe(1);
  });

  test('what createSessions did not make is refused', async () => {
    expect(() => SessionModule.forRoot({ sessions: {} as never })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
    const app = serve({
      imports: [SessionModule.forRootAsync({ useFactory: () => ({ sessions: {} as never }) })],
    });
    await expect(app).rejects.toMatchObject({ code: 'invalid-option' });
    const bare = serve({ imports: [SessionModule as never] });
    await expect(bare).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
