import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import express5 from 'express';
import express4 from 'express4';
import { describe, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { sessionListener } from '../../src/adapters/node.js';
import type { Session } from '../../src/index.js';
import type { SuiteData } from '../../src/testing/adapter-suite.js';
import {
  type NodeAdapterContext,
  type NodeListener,
  nodeAdapterSuite,
} from '../../src/testing/node-adapter-suite.js';

describe('sessionListener', () => {
  nodeAdapterSuite({ test, listener });
});

describe.each([
  ['Express 5', express5],
  ['Express 4', express4 as unknown as typeof express5],
])('%s', (_name, express) => {
  nodeAdapterSuite({
    test,
    middleware: sessionMiddleware,
    listener: ({ sessions, before, between, handle, onError }) => {
      const app = express();
      app.use((request, response, next) => {
        before(request, response);
        next();
      });
      app.use(sessionMiddleware(sessions));
      if (between) {
        app.use((request, response, next) => {
          between(request, response, request.session as unknown as Session<SuiteData>);
          next();
        });
        app.use(sessionMiddleware(sessions));
      }
      app.use(async (request, response, next) => {
        try {
          await handle(request, response, request.session as unknown as Session<SuiteData>);
        } catch (error) {
          next(error);
        }
      });
      const answer: ErrorRequestHandler = (error, request, response, _next) => {
        if (!response.headersSent) response.statusCode = error.status ?? 500;
        return void onError(error, request, response);
      };
      app.use(answer);
      return app;
    },
  });
});

function listener(context: NodeAdapterContext): ReturnType<NodeListener> {
  const { sessions, before, between, handle, onError } = context;
  const inner = sessionListener(sessions, handle, { onError });
  const outer = sessionListener(
    sessions,
    (request: IncomingMessage, response: ServerResponse, session) => {
      between?.(request, response, session);
      return inner(request, response);
    },
    { onError },
  );
  return (request, response) => {
    before(request, response);
    return between === undefined ? inner(request, response) : outer(request, response);
  };
}
