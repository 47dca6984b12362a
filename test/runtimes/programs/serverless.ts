// A function as serverless platforms call it: made once, called for each request, and frozen or
// ended after any answer. Says what is still running then, as JSON; nothing ends the process but
// that nothing is left.
import { createSessions, type SessionStore } from 'sojourn';
import { sessionHandler } from 'sojourn/fetch';
import { memoryStore } from 'sojourn/stores/memory';
import { redisStore } from 'sojourn/stores/redis';
import { sqliteStore } from 'sojourn/stores/sqlite';

const [kind = '', place = ''] = process.argv.slice(2);
const client = kind === 'redis' ? await connected() : undefined;
const sessions = createSessions<{ views: number }>({ store: storeOf() });
const handler = sessionHandler(sessions, async (_request, session) => {
  if (session.userId === undefined) await session.login('anna');
  return new Response(`${session.increment('views')}`);
});

let cookie = '';
const answers: string[] = [];
for (let call = 0; call < 5; call++) {
  const response = await handler(new Request('https://shop.test/', { headers: { cookie } }));
  cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
  answers.push(await response.text());
}
const running = process.getActiveResourcesInfo();
console.log(
  JSON.stringify({
    answers,
    timers: running.filter((resource) => resource === 'Timeout').length,
    connections: running.filter((resource) => resource === 'TCPSocketWrap').length,
  }),
);
client?.destroy();

async function connected() {
  const { createClient } = await import('redis');
  return createClient({ url: place }).connect();
}

function storeOf(): SessionStore {
  if (client !== undefined) return redisStore({ client, prefix: `serverless_${process.pid}:` });
  return kind === 'sqlite' ? sqliteStore({ file: place }) : memoryStore();
}
