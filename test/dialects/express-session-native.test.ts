import { describe, expect, expectTypeOf, test } from 'vitest';
import { native, session } from '../../src/dialects/express-session.js';
import { memoryStore } from '../../src/stores/memory.js';
import { cookieOf, type Handler, idOf, quiet, serve } from './express-session/apps.js';

interface Data {
  views: number;
  tags: string[];
  shop: { cart: { id: number }[] };
  notice: string;
}

/** `/add` and others use native verbs, `/show` tells of the data. */
const verbs: Handler = async (request, response) => {
  const here = native<Data>(request);
  const [, verb = '', value = ''] = (request.url ?? '').split('/');
  let text = '';
  if (verb === 'add') text = String(here.increment('views'));
  if (verb === 'push') here.push('tags', value);
  if (verb === 'cart') here.push('shop.cart', { id: Number(value) });
  if (verb === 'flash') here.flash('notice', value);
  if (verb === 'notice') text = `${here.has('notice')} ${here.get('notice')}`;
  if (verb === 'login') await here.login(value);
  if (verb === 'logout') {
    await here.logout();
    here.flash('notice', 'bye');
  }
  if (verb === 'plain') request.session.views = (request.session.views ?? 0) + 1;
  const { cookie: _, ...data } = request.session;
  response.end(verb === 'show' ? JSON.stringify(data) : text);
};

const stores = [
  { name: 'a MemoryStore', open: () => new session.MemoryStore() },
  { name: 'a store of ours', open: () => memoryStore() },
];

describe.each(stores)('the native verbs over $name', ({ open }) => {
  test('V-02: 50 at once lose nothing, and plain properties go on beside them', async () => {
    const app = await serve(session, { ...quiet, store: open() }, verbs);
    const cookie = cookieOf(await app.get('/add'));
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        Promise.all([
          app.get('/add', { cookie }),
          app.get(`/push/${index}`, { cookie }),
          app.get(`/cart/${index}`, { cookie }),
        ]),
      ),
    );
    expect(
      new Set(answers.flat().map(({ status, text }) => `${status} ${status === 200 || text}`)),
    ).toEqual(new Set(['200 true']));
    await app.get('/plain', { cookie });
    const { views, tags, shop } = JSON.parse((await app.get('/show', { cookie })).text);
    expect([views, tags.length, shop.cart.length]).toEqual([52, 50, 50]);
  });

  test('flash is for the next request that reads it, and no other', async () => {
    const app = await serve(session, { ...quiet, store: open() }, verbs);
    const cookie = cookieOf(await app.get('/flash/saved'));
    await app.get('/show', { cookie });
    const answers = [];
    for (let time = 0; time < 2; time++) answers.push((await app.get('/notice', { cookie })).text);
    expect(answers).toEqual(['true saved', 'false undefined']);
    expect((await app.get('/show', { cookie })).text).toBe('{}');
  });

  test('S-11: login gives a new id, keeps the data of a visitor, and drops those of another user', async () => {
    const app = await serve(session, { ...quiet, store: open() }, verbs);
    const visitor = cookieOf(await app.get('/add'));
    const ada = cookieOf(await app.get('/login/ada', { cookie: visitor }));
    expect(idOf(ada)).not.toBe(idOf(visitor));
    expect((await app.get('/show', { cookie: ada })).text).toBe('{"views":1,"userId":"ada"}');
    expect((await app.get('/show', { cookie: visitor })).text).toBe('{}');
    const bob = cookieOf(await app.get('/login/bob', { cookie: ada }));
    expect((await app.get('/show', { cookie: bob })).text).toBe('{"userId":"bob"}');
    const after = cookieOf(await app.get('/logout', { cookie: bob }));
    expect((await app.get('/show', { cookie: bob })).text).toBe('{}');
    expect((await app.get('/notice', { cookie: after })).text).toBe('true bye');
  });
});

test('the verbs are typed by the data, and refuse what does not fit', async () => {
  const app = await serve(session, quiet, (request, response) => {
    const here = native<Data>(request);
    expectTypeOf(here.get('shop.cart.0.id')).toEqualTypeOf<number | undefined>();
    expectTypeOf(here.increment).parameter(0).not.toEqualTypeOf<'tags'>();
    // @ts-expect-error notice is no number.
    expect(() => here.set('notice', 'text').increment('notice')).toThrow(
      expect.objectContaining({ code: 'invalid-value' }),
    );
    response.end('told');
  });
  expect((await app.get()).text).toBe('told');
  expect(() => native({})).toThrow(expect.objectContaining({ code: 'no-session' }));
});
