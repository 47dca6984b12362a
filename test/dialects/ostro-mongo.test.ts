import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/testing/client.js';
import { sharedServer } from '../servers.js';
import { answersOf } from './ostro-app.js';

const mongodb = await sharedServer('mongodb');
const SERVER = fileURLToPath(new URL('../../examples/ostro/server.js', import.meta.url));

describe.skipIf(!mongodb.available)(
  'the example, with the handler of the documentation over the real MongoDB',
  () => {
    const database = `ostro_${process.pid}`;
    const url = mongodb.available ? `${mongodb.url.replace(/\/$/, '')}/${database}` : '';

    test('keeps sessions there, also when it starts again, and ends when asked to', async () => {
      const client = new MongoClient(url);
      onTestFinished(async () => {
        await client.db().dropDatabase();
        await client.close();
      });
      const first = await startExample();
      const visitor = createClient(first);
      expect(
        await answersOf(visitor, ['/put', '/increment', '/increment', '/flash', '/status']),
      ).toEqual([null, 1, 2, null, 'Task was successful!']);
      expect(await first.stop()).toBe(0);

      const [document] = await client.db().collection('sessions').find().toArray();
      expect(document).toMatchObject({
        _id: expect.stringMatching(/^session-[0-9a-f]{64}$/),
        data: expect.any(String),
      });

      const second = await startExample();
      const later = createClient({ origin: second.origin, cookies: visitor.cookies });
      const thief = later.clone();
      expect(
        await answersOf(later, ['/cart', '/helper', '/status', '/regenerate', '/count']),
      ).toEqual(['lamp', 'lamp', null, true, 2]);
      expect(await answersOf(thief, ['/cart'])).toEqual([null]);
      expect(await answersOf(later, ['/invalidate', '/all'])).toEqual([true, {}]);
      expect(await second.stop()).toBe(0);
    });

    async function startExample(): Promise<{ origin: string; stop(): Promise<number | null> }> {
      const child = fork(SERVER, {
        env: { ...process.env, SESSION_DRIVER: 'mongo', MONGODB_URL: url, PORT: '0' },
        silent: true,
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let printed = '';
      child.stderr?.on('data', (chunk) => (printed += chunk));
      const closed = once(child, 'close');
      const origin = await new Promise<string>((resolve, reject) => {
        child.stdout?.on('data', (chunk) => {
          const [found] = /http:\/\/[\d.:]+/.exec(String(chunk)) ?? [];
          if (found !== undefined) resolve(found);
        });
        child.once('close', (code) =>
          reject(new Error(`The example ended with ${code}: ${printed}`)),
        );
      });
      return {
        origin,
        async stop() {
          child.kill('SIGTERM');
          return (await closed)[0];
        },
      };
    }
  },
);
