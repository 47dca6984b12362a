import { describe, test } from 'vitest';
import { sessionListener } from '../../src/adapters/node.js';
import { adapterSuite } from '../../src/testing/adapter-suite.js';
import { listen, sendReply, suiteRequest } from './reply.js';

describe('contract', () => {
  adapterSuite({
    test,
    start: ({ sessions, handle }) =>
      listen(
        sessionListener(sessions, async (request, response, session) =>
          sendReply(response, await handle(suiteRequest(request), session)),
        ),
      ),
  });
});
