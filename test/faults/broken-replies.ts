import { expect, test } from 'vitest';
import { createSessions } from '../../src/index.js';
import { seeded } from '../security/seeded.js';
import { Visitor } from '../visitor.js';
import {
  eventually,
  long,
  openBothWays,
  range,
  type StoreUnderFault,
} from './store-under-fault.js';

export function brokenReplies(under: StoreUnderFault): void {
  test('F-33 replies are lost: each change counts once or is reported as failed', async () => {
    const { proxy, behind, direct } = await openBothWays(under);
    const sessions = createSessions<{ tags: string[] }>({ store: behind, storeTimeout: '1s' });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('tags', []));
    const random = seeded(33);
    let lost = 0;
    proxy.disturb((request) => {
      if (!request.includes('mark') || random(5) > 0) return 'none';
      return lost++ % 2 === 0 ? 'lose reply' : 'cut reply';
    });
    const acknowledged: string[] = [];
    let failed = 0;
    const changes = long ? 250 : 15;
    await Promise.all(
      range(4).map(async (client) => {
        for (const change of range(changes)) {
          const tag = `mark-${client}-${change}`;
          try {
            await visitor.clone().visit((session) => session.push('tags', tag));
            acknowledged.push(tag);
          } catch {
            failed++;
            await eventually(() => visitor.open());
          }
        }
      }),
    );
    proxy.disturb(() => 'none');

    const after = new Visitor(
      createSessions<{ tags: string[] }>({ store: direct }),
      visitor.cookie,
    );
    const tags = (await after.open()).get('tags', []);
    expect(new Set(tags).size).toBe(tags.length);
    expect(tags).toEqual(expect.arrayContaining(acknowledged));
    expect(acknowledged.length + failed).toBe(4 * changes);
    expect(lost).toBeGreaterThan(0);
  });

  test('F-11 replies come in pieces and end half-way: an error, and never what belongs to another', async () => {
    const { proxy, behind } = await openBothWays(under);
    const sessions = createSessions<{ owner: string }>({ store: behind, storeTimeout: '1s' });
    const visitors = range(10).map(() => new Visitor(sessions));
    for (const [index, visitor] of visitors.entries()) {
      await visitor.visit((session) =>
        session.set('owner', `owner ${index} ${'x'.repeat(index * 50)}`),
      );
    }
    const random = seeded(11);
    let lost = 0;
    proxy.split(100);
    proxy.disturb(() => {
      if (random(20) > 0) return 'none';
      lost++;
      return 'cut reply';
    });
    await Promise.all(
      visitors.map(async (visitor, index) => {
        for (let round = 0; round < (long ? 200 : 20); round++) {
          const session = await eventually(() => visitor.open());
          expect(session.get('owner')?.split(' ')[1]).toBe(String(index));
        }
      }),
    );
    expect(lost).toBeGreaterThan(0);
  });
}
