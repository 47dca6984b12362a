// A shop in a process of its own: `GET /` needs no session, `POST /login/ada` logs in, and `POST
// /tags/x` appends a tag of the user. `GET /tags` gives all tags.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { sessionListener } from '../../dist/adapters/node.js';
import { createSessions } from '../../dist/index.js';
import { openRemoteStore } from '../remote-stores.js';

const [, , name = '', url = ''] = process.argv;
const { store } = await openRemoteStore(name, url);
/** @type {import('../../dist/index.js').Sessions<{ tags: string[] }>} */
const sessions = createSessions({ store });

const server = createServer(
  sessionListener(
    sessions,
    async ({ url = '/', method }, response, session) => {
      const [, path, argument = ''] = url.split('/');
      if (path === 'login') await session.login(argument);
      if (path === 'tags' && method === 'POST') session.push('tags', argument);
      response.end(path === 'tags' ? JSON.stringify(session.get('tags', [])) : 'ok');
    },
    { onError: (_error, _request, response) => void response.end() },
  ),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('disconnect', () => process.exit());
process.send?.(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
