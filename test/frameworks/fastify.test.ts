import { Readable } from 'node:stream';
import fastify5 from 'fastify';
import fastify4 from 'fastify4';
import { describe, test } from 'vitest';
import { fastifySession } from '../../src/adapters/fastify.js';
import type { Session } from '../../src/index.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { suiteRequest } from '../adapters/reply.js';

const versions = { 'Fastify 5': fastify5, 'Fastify 4': fastify4 as unknown as typeof fastify5 };

describe.each(Object.entries(versions))('%s', (_name, fastify) => {
  adapterSuite({
    test,
    start: async ({ sessions, handle }) => {
      const app = fastify({ forceCloseConnections: true });
      app.register(fastifySession<SuiteData>, { sessions });
      app.all('*', async (request, reply) => {
        const answer = await handle(
          suiteRequest(request.raw),
          (request as unknown as { session: Session<SuiteData> }).session,
        );
        reply.code(answer.status);
        for (const [name, value] of answer.headers) {
          const present = name === 'Set-Cookie' ? undefined : reply.getHeader(name);
          reply.header(name, present === undefined ? value : [present, value].flat());
        }
        const { body = '' } = answer;
        return reply.send(typeof body === 'string' ? body : Readable.from(body));
      });
      const origin = await app.listen({ port: 0, host: '127.0.0.1' });
      return { origin, stop: () => app.close() };
    },
  });
});
