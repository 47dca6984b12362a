import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, onTestFinished, test } from 'vitest';
import { createSessions, headerTransport } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';

test('each event goes to its channel of node:diagnostics_channel, as a listener gets it', async () => {
  const sessions = createSessions<{ views: number }>({
    store: memoryStore({ warn: false }),
    transport: headerTransport('x-session'),
  });
  const heard: [unknown, unknown][] = [];
  const listen = (event: unknown, name: unknown): void => void heard.push([name, event]);
  for (const name of ['created', 'storeCall', 'committed']) {
    subscribe(`sojourn:${name}`, listen);
    onTestFinished(() => void unsubscribe(`sojourn:${name}`, listen));
  }
  const created: unknown[] = [];
  sessions.on('created', (event) => created.push(event));

  const session = await sessions.open({});
  session.set('views', 1);
  await sessions.commit(session);

  expect(heard.map(([name]) => name)).toEqual([
    'sojourn:storeCall',
    'sojourn:created',
    'sojourn:committed',
  ]);
  expect(heard[1]?.[1]).toBe(created[0]);
  expect(channel('sojourn:touched').hasSubscribers).toBe(false);
});
