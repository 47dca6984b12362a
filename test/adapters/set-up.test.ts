import { describe, expect, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { sessionHandler } from '../../src/adapters/fetch.js';
import { sessionListener } from '../../src/adapters/node.js';
import { memoryStore } from '../../src/stores/memory.js';

const nothing = (): never => {
  throw new Error('no request comes');
};
// As JavaScript calls them.
const ADAPTERS: Readonly<Record<string, (sessions: unknown) => unknown>> = {
  sessionMiddleware: (sessions) => sessionMiddleware(sessions as never),
  sessionListener: (sessions) => sessionListener(sessions as never, nothing),
  sessionHandler: (sessions) => sessionHandler(sessions as never, nothing),
};
const WRONG = [undefined, null, {}, { store: memoryStore() }, memoryStore(), 'sessions'];

describe.for(Object.entries(ADAPTERS))('%s', ([name, mount]) => {
  test.for(WRONG)('refuses %o where it is mounted', (sessions) => {
    expect(() => mount(sessions)).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(`createSessions({ store }), then ${name}(sessions)`),
      }),
    );
  });
});
