import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Line, Lines, type Turn } from '../../src/core/lines.js';
import { SessionError } from '../../src/index.js';
import { budgetOf } from '../../src/stores/contract/deadline.js';

const LONG = 60_000;

/** A task that ends when it is told to. */
function heldTask() {
  let end = (_: Turn<string, string>): void => undefined;
  let fail = (_: unknown): void => undefined;
  let hasBegun = false;
  const turn = new Promise<Turn<string, string>>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return {
    task: () => {
      hasBegun = true;
      return turn;
    },
    end: (result = '', left?: string) => end({ result, left }),
    fail: (error: unknown) => fail(error),
    get hasBegun() {
      return hasBegun;
    },
  };
}

const timeout = (): SessionError => new SessionError('store-timeout', 'The store is silent.');

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'ok',
    (error) => error.code ?? error.message,
  );
}

describe('a line', () => {
  test('runs tasks one after the other, and each gets what the one before left', async () => {
    const line = new Line<number>();
    let running = 0;
    const seen: (number | undefined)[] = [];
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        line.run(async (left) => {
          expect(++running).toBe(1);
          seen.push(left);
          await setImmediate();
          running--;
          return { result: index, left: index };
        }),
      ),
    );
    expect(results).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(seen).toEqual([undefined, ...results.slice(0, -1)]);
    expect(line.isEmpty).toBe(true);
    expect(await line.run(async (left) => ({ result: left }))).toBeUndefined();
  });

  test('goes on after a task that failed, which leaves nothing', async () => {
    const line = new Line<string>();
    const first = line.run(async () => ({ result: 1, left: 'first' }));
    const second = line.run(async () => {
      throw new Error('conflict');
    });
    const third = line.run(async (left) => ({ result: left }));
    expect([await first, await codeOf(second), await third]).toEqual([1, 'conflict', undefined]);
  });

  test('ended() waits for tasks that are added meanwhile', async () => {
    const line = new Line<string>();
    const order: string[] = [];
    void line.run(async () => {
      await setImmediate();
      void line.run(async () => {
        await setImmediate();
        order.push('added');
        return { result: undefined };
      });
      order.push('first');
      return { result: undefined };
    });
    await line.ended();
    expect([order, line.isEmpty]).toEqual([['first', 'added'], true]);
  });
});

describe('a line behind a silent store', () => {
  test('fails whole with the call that timed out, and nobody behind it runs', async () => {
    const line = new Line<string>();
    const silent = heldTask();
    const waiting = [heldTask(), heldTask()];
    const first = codeOf(line.run(silent.task, budgetOf(LONG)));
    const others = waiting.map(({ task }) => codeOf(line.run(task, budgetOf(LONG))));
    silent.fail(timeout());
    expect(await Promise.all([first, ...others])).toEqual(Array(3).fill('store-timeout'));
    expect(waiting.map(({ hasBegun }) => hasBegun)).toEqual([false, false]);
    expect(await line.run(async () => ({ result: 'again' }))).toBe('again');
  });

  test('does not run a task whose time ended while it waited', async () => {
    const line = new Line<string>();
    const slow = heldTask();
    const impatient = heldTask();
    const patient = heldTask();
    const first = line.run(slow.task, budgetOf(LONG));
    const second = codeOf(line.run(impatient.task, budgetOf(5)));
    const third = line.run(patient.task, budgetOf(LONG));
    expect(await second).toBe('store-timeout');
    slow.end('slow');
    patient.end('patient');
    expect([await first, await third]).toEqual(['slow', 'patient']);
    expect(impatient.hasBegun).toBe(false);
  });

  test('a task that had waited most of its time says nothing about the store', async () => {
    const line = new Line<string>();
    const slow = heldTask();
    const late = heldTask();
    const next = heldTask();
    const first = line.run(slow.task, budgetOf(LONG));
    // Nine tenths of its time are over.
    const endsAt = performance.now() + LONG;
    const second = codeOf(line.run(late.task, { endsAt, timeout: LONG * 10 }));
    const third = codeOf(line.run(next.task, budgetOf(LONG)));
    slow.end();
    await first;
    late.fail(timeout());
    next.end();
    expect([await second, await third]).toEqual(['store-timeout', 'ok']);
  });

  test('a task whose time is over when it comes does not stop the line', async () => {
    const line = new Line<string>();
    const slow = heldTask();
    const late = heldTask();
    const first = line.run(slow.task, budgetOf(LONG));
    // Its turn comes in the very tick in which its time is over.
    slow.end();
    const second = codeOf(line.run(late.task, { endsAt: performance.now() - 1, timeout: 5 }));
    const third = line.run(async () => ({ result: 'next' }), budgetOf(LONG));
    expect([await first, await second, await third]).toEqual(['', 'store-timeout', 'next']);
    expect(late.hasBegun).toBe(false);
  });

  test('a turn that never ends does not poison later ones', async () => {
    const lines = new Lines<string>();
    const never = heldTask();
    const run = (task: () => Promise<Turn<string, string>>, time: number) =>
      lines.run('session', task, budgetOf(time));
    void run(never.task, 5);
    const waiting = heldTask();
    expect(await codeOf(run(waiting.task, 10))).toBe('store-timeout');
    expect(await run(async () => ({ result: 'later', left: 'left' }), LONG)).toBe('later');
    // Ended at last, it takes nobody's turn and leaves nothing.
    const present = heldTask();
    const fourth = run(present.task, LONG);
    const fifth = lines.run('session', async (left) => ({ result: left }), budgetOf(LONG));
    never.end('never', 'stale');
    await setImmediate();
    present.end('', 'fresh');
    expect([await fourth, await fifth, waiting.hasBegun]).toEqual(['', 'fresh', false]);
  });

  test('tasks of different keys do not wait for each other', async () => {
    const lines = new Lines<string>();
    const held = heldTask();
    const one = lines.run('one', held.task, budgetOf(LONG));
    expect(await lines.run('two', async () => ({ result: 'two' }), budgetOf(LONG))).toBe('two');
    held.end('one');
    expect(await one).toBe('one');
  });
});
