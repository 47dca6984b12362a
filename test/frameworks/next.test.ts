import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  type AdapterContext,
  type AdapterUnderTest,
  adapterSuite,
} from '../../src/testing/adapter-suite.js';
import { sendReply } from '../adapters/reply.js';
import { toResponse } from '../adapters/web-reply.js';
import { nextApp } from './next/app.js';

let app: Awaited<ReturnType<typeof nextApp>>;

beforeAll(async () => {
  app = await nextApp();
});

afterAll(() => app?.close());

/** A server whose requests come to Next with this in front of their path. */
function startBehind(prefix: string) {
  return ({ sessions, handle }: AdapterContext): Promise<AdapterUnderTest> =>
    app.serve(prefix, { sessions, handle, toResponse, sendReply });
}

describe('route handlers', () => {
  adapterSuite({
    test,
    start: startBehind('/suite'),
    differences: {
      'write/throw': 'Next answers an error of a route handler without cookies',
      'write/shared-error': 'as write/throw',
      'connection/address': 'Next tells nothing of the connection',
    },
  });
});

describe('proxy.ts', () => {
  adapterSuite({
    test,
    start: startBehind('/front'),
    differences: {
      'write/throw': 'Next answers an error of the proxy without cookies',
      'write/shared-error': 'as write/throw',
      'write/held-redirect': 'Next writes the address of a redirect into its body',
      'headers/others': 'Next leaves out a header without a value',
      'connection/address': 'Next tells nothing of the connection',
    },
  });
});

describe('API routes', () => {
  adapterSuite({ test, start: startBehind('/api/suite') });
});
