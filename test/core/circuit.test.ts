import { expect, onTestFinished, test, vi } from 'vitest';
import { createSessions, headerTransport, isSessionError } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';

/** Sessions over a store that can stall, and the calls that reach it. */
async function stallable() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const store = memoryStore({ warn: false });
  const { read } = store;
  let isStalled = false;
  const reads: string[] = [];
  store.read = (id) => {
    reads.push(id);
    return isStalled ? new Promise(() => undefined) : read(id);
  };
  const sessions = createSessions<{ views: number }>({
    store,
    storeTimeout: '1s',
    transport: headerTransport('x-session'),
  });
  const states: string[] = [];
  sessions.on('circuit', ({ state }) => states.push(state));
  const headers: Record<string, string>[] = [];
  for (let visitor = 0; visitor < 10; visitor++) {
    const session = await sessions.open({});
    session.set('views', visitor);
    headers.push(Object.fromEntries((await sessions.commit(session)).headers));
  }

  // The calls so far are of a window that is over.
  await vi.advanceTimersByTimeAsync(6000);

  /** How a request of each visitor ends, and after how many milliseconds. */
  async function requests(count: number): Promise<{ codes: string[]; took: number }> {
    const since = performance.now();
    const answers = Promise.all(
      headers.slice(0, count).map((header) =>
        sessions.open(header).then(
          () => 'served',
          (error) => (isSessionError(error) ? error.code : String(error)),
        ),
      ),
    );
    let codes: string[] | undefined;
    void answers.then((all) => {
      codes = all;
    });
    await vi.advanceTimersByTimeAsync(0);
    while (codes === undefined) await vi.advanceTimersByTimeAsync(10);
    return { codes, took: performance.now() - since };
  }
  return {
    requests,
    states,
    reads,
    stall: (stalled: boolean) => {
      isStalled = stalled;
    },
  };
}

const times = (count: number, code: string): string[] => Array.from({ length: count }, () => code);

test('F-10 five missed deadlines open the circuit: requests fail at once, and the store is left alone', async () => {
  const { requests, states, reads, stall } = await stallable();
  expect((await requests(3)).codes).toEqual(times(3, 'served'));
  expect(states).toEqual([]);
  stall(true);
  const slow = await requests(5);
  expect(slow.codes).toEqual(times(5, 'store-timeout'));
  expect(slow.took).toBeGreaterThanOrEqual(1000);
  expect(states).toEqual(['open']);

  const before = reads.length;
  const fast = await requests(10);
  expect(fast).toEqual({ codes: times(10, 'store-timeout'), took: 0 });
  expect(reads).toHaveLength(before);
});

test('F-10 the circuit closes within a second of the recovery', async () => {
  const { requests, states, stall } = await stallable();
  stall(true);
  await requests(5);
  await vi.advanceTimersByTimeAsync(300);
  // Starts a probe, which stalls as well.
  expect((await requests(1)).codes).toEqual(['store-timeout']);
  stall(false);
  const since = performance.now();
  while ((await requests(1)).codes[0] !== 'served') await vi.advanceTimersByTimeAsync(10);
  expect(performance.now() - since).toBeLessThanOrEqual(1000);
  expect(states).toEqual(['open', 'closed']);
  expect((await requests(10)).codes).toEqual(times(10, 'served'));
});

test('the first request after a quiet time waits for the probe and is served', async () => {
  const { requests, states, stall } = await stallable();
  stall(true);
  await requests(5);
  stall(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await requests(1)).codes).toEqual(['served']);
  expect(states).toEqual(['open', 'closed']);
});

test('fewer misses than answers, or misses far apart, leave the circuit closed', async () => {
  const { requests, states, stall } = await stallable();
  for (let round = 0; round < 3; round++) {
    expect((await requests(10)).codes).toEqual(times(10, 'served'));
    stall(true);
    await requests(2);
    stall(false);
    await vi.advanceTimersByTimeAsync(6000);
  }
  expect(states).toEqual([]);
});

test('a store that refuses at once never opens the circuit', async () => {
  const store = memoryStore({ warn: false });
  const sessions = createSessions<{ views: number }>({
    store,
    transport: headerTransport('x-session'),
  });
  const session = await sessions.open({});
  session.set('views', 1);
  const headers = Object.fromEntries((await sessions.commit(session)).headers);
  const states: string[] = [];
  sessions.on('circuit', ({ state }) => states.push(state));
  const { read } = store;
  store.read = () => Promise.reject(new Error('connection lost'));
  for (let request = 0; request < 20; request++)
    await expect(sessions.open(headers)).rejects.toMatchObject({ code: 'store-failed' });
  store.read = read;
  expect((await sessions.open(headers)).get('views')).toBe(1);
  expect(states).toEqual([]);
});
