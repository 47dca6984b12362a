// One visit with sessions in memory, for a runtime that gives no permission at all.
import { createSessions } from 'sojourn';
import { sessionHandler } from 'sojourn/fetch';
import { memoryStore } from 'sojourn/stores/memory';

const handler = sessionHandler(
  createSessions<{ views: number }>({ store: memoryStore() }),
  (_request, session) => {
    return new Response(`${session.increment('views')}`);
  },
);
const first = await handler(new Request('https://shop.test/'));
const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const second = await handler(new Request('https://shop.test/', { headers: { cookie } }));
console.log(await second.text());
