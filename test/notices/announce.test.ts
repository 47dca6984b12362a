import { expect, test, vi } from 'vitest';
import { createSessions } from '../../src/index.js';
import { announce, type Notice, type Notices } from '../../src/notices/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';
import { noticeWarnings } from './suite.js';

test('ended, moved and changed are published with the ids that others know', async () => {
  const published: Notice[] = [];
  const notices: Notices = {
    publish: async (notice) => void published.push(notice),
    subscribe: async () => async () => undefined,
  };
  const sessions = createSessions<{ n: number }>({ store: memoryStore({ warn: false }) });
  const stop = announce(sessions, notices);
  const visitor = new Visitor(sessions);
  const { session } = await visitor.visit((session) => session.set('n', 1));
  const [id, handle] = [session.id, session.handle];
  await visitor.visit((session) => session.set('n', 2));
  const { session: moved } = await visitor.visit((session) => session.regenerate());
  await visitor.visit((session) => session.logout());
  expect(published).toEqual([
    { kind: 'changed', id, handle },
    { kind: 'moved', id, handle },
    { kind: 'ended', id: moved.id, handle },
  ]);
  stop();
  await visitor.visit((session) => session.login('ada'));
  await visitor.visit((session) => session.logout());
  expect(published).toHaveLength(3);
});

test('a channel that fails is one warning, until it works again', async () => {
  let isDown = true;
  const notices: Notices = {
    publish: async () => {
      if (isDown) throw new Error('channel down');
    },
    subscribe: async () => async () => undefined,
  };
  const warnings = noticeWarnings();
  const sessions = createSessions<{ n: number }>({ store: memoryStore({ warn: false }) });
  announce(sessions, notices);
  const visitor = new Visitor(sessions);
  const change = () => visitor.visit((session) => session.increment('n'));
  for (let time = 0; time < 3; time++) await change();
  await vi.waitFor(() => expect(warnings).toEqual(['Notices cannot be published: channel down']));
  isDown = false;
  await change();
  isDown = true;
  await change();
  await vi.waitFor(() => expect(warnings).toHaveLength(2));
});
