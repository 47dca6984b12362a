import { describe, expect, test } from 'vitest';
import { createSessions } from '../../src/index.js';
import { manualClock } from '../../src/testing/clock.js';
import { Visitor } from '../visitor.js';
import { openAll, openOne, type StoreUnderFault } from './store-under-fault.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Data {
  name: string;
}

export function clocks(under: StoreUnderFault): void {
  describe('F-15', () => {
    test('the clocks of two servers differ by five minutes: a session ends at most that much early', async () => {
      const start = Date.now();
      const clock = manualClock(start);
      const ahead = manualClock(start);
      const stores = await openAll(under, [clock.now, ahead.now]);
      const sessions = createSessions<Data>({ store: stores[0]!, now: clock.now, lifetime: '1h' });
      const sessionsAhead = createSessions<Data>({
        store: stores[1]!,
        now: ahead.now,
        lifetime: '1h',
      });
      const visitor = new Visitor(sessions);
      await visitor.visit((session) => session.set('name', 'ada'));
      const nameAt = async (instant: number): Promise<(string | undefined)[]> => {
        clock.set(instant);
        ahead.set(instant + 5 * MINUTE);
        const both = [sessions, sessionsAhead].map((server) =>
          new Visitor(server, visitor.cookie).open(),
        );
        return (await Promise.all(both)).map((session) => session.get('name'));
      };
      expect(await nameAt(start + HOUR - 5 * MINUTE - SECOND)).toEqual(['ada', 'ada']);
      expect(await nameAt(start + HOUR - 5 * MINUTE)).toEqual(['ada', undefined]);
      expect(await nameAt(start + HOUR - SECOND)).toEqual(['ada', undefined]);
      expect(await nameAt(start + HOUR)).toEqual([undefined, undefined]);
    });

    test.for([-HOUR, HOUR])(
      'the clock steps by %i ms: no session ends early or late by more than that',
      async (step) => {
        const start = Date.now();
        const clock = manualClock(start);
        const store = await openOne(under, clock.now);
        const sessions = createSessions<Data>({
          store,
          now: clock.now,
          idleTimeout: '3h',
          lifetime: '3h',
        });
        const visitor = new Visitor(sessions);
        await visitor.visit((session) => session.set('name', 'ada'));
        clock.advance(HOUR);
        await visitor.open();
        const steps: number[] = [];
        sessions.on('clockStepped', ({ by }) => steps.push(by));
        clock.set(clock.now() + step);
        // A write after the step, which stores its deadline anew.
        await visitor.visit((session) => session.set('name', 'eve'));
        expect(steps.map((by) => Math.round(by / MINUTE) * MINUTE)).toEqual([step]);
        clock.set(start + 3 * HOUR - SECOND);
        expect((await visitor.clone().open()).get('name')).toBe('eve');
        clock.set(start + 3 * HOUR);
        expect((await visitor.clone().open()).isNew).toBe(true);
      },
    );
  });
}
