import { describe, expect, test } from 'vitest';
import type { SessionStore } from '../../src/stores/contract.js';
import { long, openBothWays, recordOf, type StoreUnderFault } from './store-under-fault.js';

/** Writes that are held up on their way. */
const LATE: readonly {
  readonly late: string;
  readonly write: (store: SessionStore, version: unknown) => Promise<unknown>;
}[] = [
  { late: 'update', write: (store, version) => store.update('late', recordOf('late'), version) },
  { late: 'touch', write: (store) => store.touch('late', Date.now() + 7_200_000, Date.now()) },
  { late: 'destroy with a version', write: (store, version) => store.destroy('late', version) },
];

/** What others do meanwhile, and what must be there in the end. */
const MEANWHILE: readonly {
  readonly meanwhile: string;
  readonly act: (store: SessionStore, version: unknown) => Promise<unknown>;
  readonly remains: string | undefined;
}[] = [
  { meanwhile: 'destroyed', act: (store) => store.destroy('late'), remains: undefined },
  {
    meanwhile: 'updated',
    act: (store, version) => store.update('late', recordOf('newer'), version),
    remains: 'newer',
  },
  {
    meanwhile: 'destroyed and created again',
    act: async (store) => [
      await store.destroy('late'),
      await store.create('late', recordOf('again')),
    ],
    remains: 'again',
  },
];

/** @param deletes What a delete is known by, where its request does not carry the id. */
export function lateWrites(under: StoreUnderFault, deletes: readonly string[]): void {
  const marks = ['late', ...deletes];

  describe('F-07 F-17 a write arrives after its connection was given up, also sent again by the client', () => {
    const cases = LATE.flatMap((late) => MEANWHILE.map((meanwhile) => ({ ...late, ...meanwhile })));

    test.for(cases)(
      '$late, of a record that was $meanwhile',
      { repeats: long ? 9 : 0 },
      async ({ write, act, remains }) => {
        const { proxy, behind, direct } = await openBothWays(under);
        const version = await direct.create('late', recordOf('first'));
        expect((await behind.read('late'))?.record.data).toBe('first');

        proxy.disturb((request) =>
          marks.some((mark) => request.includes(mark)) ? 'hold' : 'none',
        );
        const answer = write(behind, version).catch((error) => error);
        await proxy.held();
        proxy.cut();
        await act(direct, version);
        await proxy.deliver();
        await answer;

        expect((await direct.read('late'))?.record.data).toBe(remains);
      },
    );
  });
}
