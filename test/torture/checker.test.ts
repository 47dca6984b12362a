import { describe, expect, test } from 'vitest';
import { contradictionsOf } from '../../bench/torture/checker.js';
import type { Event, Kind, Snapshot } from '../../bench/torture/types.js';

/** A history of one clock, in which each request begins when the one before it has ended. */
class Story {
  readonly events: Event[] = [];
  readonly forgettings: { startedAt: number; endedAt: number }[] = [];
  #time = 0;

  /** A request that nothing overlaps, unless `more` gives it other instants. */
  add(kind: Kind, value: string | undefined, more: Partial<Event> = {}): this {
    const startedAt = this.#time++;
    const endedAt = this.#time++;
    const client = 'ada/1/a';
    const operation = { kind, value };
    this.events.push({ client, operation, startedAt, endedAt, result: 'ok', ...more });
    return this;
  }

  /** A session of Ada, logged in, known by the token `one`. */
  begun(): this {
    return this.add('login', 'ada', {
      received: 'one',
      reply: { before: null, outcome: 'created', after: session({ user: 'ada' }) },
    });
  }

  did(kind: Kind, value: string | undefined, before: Snapshot, after: Snapshot | null): this {
    const outcome = kind === 'logout' || kind === 'destroyUser' ? 'destroyed' : 'updated';
    return this.add(kind, value, { sent: 'one', reply: { before, outcome, after } });
  }

  unknown(kind: Kind, value?: string): this {
    return this.add(kind, value, { sent: 'one', result: 'unknown' });
  }

  saw(snapshot: Snapshot | null, sent = 'one'): this {
    const outcome = snapshot === null ? 'gone' : 'unchanged';
    return this.add('show', undefined, {
      sent,
      reply: { before: snapshot, outcome, after: snapshot },
    });
  }

  get found(): string[] {
    return contradictionsOf(this).map(({ kind, text }) => `${kind}: ${text}`);
  }
}

const EMPTY: Snapshot = {
  handle: 'h',
  user: 'ada',
  tags: [],
  total: 0,
  own: {},
  vouchers: [],
};

function session(more: Partial<Snapshot> = {}): Snapshot {
  return { ...EMPTY, ...more };
}

const begun = (): Story => new Story().begun();

describe('F-04 the checker finds what cannot be', () => {
  const bad: Record<string, [Story, RegExp]> = {
    'a push that was acknowledged and is lost': [
      begun()
        .did('push', 'x', EMPTY, session({ tags: ['x'] }))
        .saw(EMPTY),
      /^lost: .* did not see x in h/,
    ],
    'a push that a later one covers': [
      begun()
        .did('push', 'x', EMPTY, session({ tags: ['x'] }))
        .did('push', 'y', EMPTY, session({ tags: ['y'] })),
      /^lost: .*another order|^lost: .* did not see x/,
    ],
    'a push that counts twice': [
      begun()
        .did('push', 'x', EMPTY, session({ tags: ['x'] }))
        .saw(session({ tags: ['x', 'x'] })),
      /^doubled: .* saw a tag twice in h: x/,
    ],
    'a push nobody was told of that counts twice': [
      begun()
        .unknown('push', 'x')
        .saw(session({ tags: ['x', 'x'] })),
      /^doubled/,
    ],
    'a push nobody was told of that is seen, and then not': [
      begun()
        .unknown('push', 'x')
        .saw(session({ tags: ['x'] }))
        .saw(EMPTY),
      /^lost: .* saw less of h than a request before it/,
    ],
    'a push that was refused and is seen': [
      begun()
        .add('push', 'x', { sent: 'one', result: 'none' })
        .saw(session({ tags: ['x'] })),
      /^stranger: .* saw x in h, where it never was pushed/,
    ],
    'an increment that is lost': [
      begun()
        .did('increment', undefined, EMPTY, session({ total: 1 }))
        .saw(EMPTY),
      /^lost: .* saw the total 0 in h, at least 1/,
    ],
    'an increment that counts twice': [
      begun()
        .did('increment', undefined, EMPTY, session({ total: 1 }))
        .saw(session({ total: 2 })),
      /^doubled: .* saw the total 2 in h, at most 1/,
    ],
    'a value that comes back after the next one': [
      begun()
        .did('set', 'x', EMPTY, session({ own: { 'ada/1/a': 'x' } }))
        .did('set', 'y', EMPTY, session({ own: { 'ada/1/a': 'y' } }))
        .saw(session({ own: { 'ada/1/a': 'x' } })),
      /^revived: .* saw x in h after/,
    ],
    'a value that is gone': [
      begun()
        .did('set', 'x', EMPTY, session({ own: { 'ada/1/a': 'x' } }))
        .saw(EMPTY),
      /^lost/,
    ],
    'a login that is undone': [
      begun().saw(session({ user: undefined })),
      /^lost: .* saw nobody logged in to h/,
    ],
    'a user who never logged in': [
      begun().saw(session({ user: 'eve' })),
      /^stranger: .* saw eve logged in/,
    ],
    'a logout that is undone': [
      begun().did('logout', undefined, EMPTY, null).saw(EMPTY),
      /^revived: .* opened h, which .*logout.* had ended/,
    ],
    'a session that outlives the end of all sessions of its user': [
      begun().saw(EMPTY).did('destroyUser', 'ada', EMPTY, null).saw(EMPTY),
      /^revived: .* opened h, which .*destroyUser ada.* had ended/,
    ],
    'a token that works after a login has replaced it': [
      begun()
        .add('regenerate', undefined, {
          sent: 'one',
          received: 'two',
          reply: { before: EMPTY, outcome: 'regenerated', after: EMPTY },
        })
        .saw(EMPTY, 'two')
        .saw(EMPTY, 'one'),
      /^revived: .* opened h by the token before/,
    ],
    'a session that is lost': [
      begun().saw(null),
      /^lost: .* came with a good token of h and found nothing/,
    ],
    'a token that leads to the session of someone else': [
      begun()
        .add('login', 'eve', {
          client: 'eve/1/a',
          received: 'hers',
          reply: { before: null, outcome: 'created', after: session({ handle: 'e', user: 'eve' }) },
        })
        .saw(session({ handle: 'e', user: 'eve' })),
      /^stranger: .* came with a token of h and opened e/,
    ],
    'one token for two sessions': [
      begun().add('login', 'eve', {
        client: 'eve/1/a',
        received: 'one',
        reply: { before: null, outcome: 'created', after: session({ handle: 'e', user: 'eve' }) },
      }),
      /^stranger: one token was given for the sessions/,
    ],
    'a voucher that two requests take': [
      begun()
        .did('issue', 'v', EMPTY, session({ vouchers: ['v'] }))
        .add('take', 'v', {
          sent: 'one',
          reply: {
            before: session({ vouchers: ['v'] }),
            outcome: 'updated',
            after: EMPTY,
            isTaken: true,
          },
        })
        .add('take', 'v', {
          sent: 'one',
          startedAt: 3,
          reply: {
            before: session({ vouchers: ['v'] }),
            outcome: 'updated',
            after: EMPTY,
            isTaken: true,
          },
        }),
      /^doubled: .* got what .* had got/,
    ],
    'a voucher that is there again after it was taken': [
      begun()
        .did('issue', 'v', EMPTY, session({ vouchers: ['v'] }))
        .add('take', 'v', {
          sent: 'one',
          reply: {
            before: session({ vouchers: ['v'] }),
            outcome: 'updated',
            after: EMPTY,
            isTaken: true,
          },
        })
        .saw(session({ vouchers: ['v'] })),
      /^revived: .* saw v in h after/,
    ],
    'a voucher that is lost': [
      begun()
        .did('issue', 'v', EMPTY, session({ vouchers: ['v'] }))
        .saw(EMPTY),
      /^lost: .* did not see v in h, never taken/,
    ],
    'a flash message that is shown twice': [
      begun()
        .did('flash', 'f', EMPTY, EMPTY)
        .add('notices', undefined, asked(['f']))
        .add('notices', undefined, asked(['f'])),
      /^doubled: .* showed f in h after/,
    ],
    'a flash message that is lost': [
      begun().did('flash', 'f', EMPTY, EMPTY).add('notices', undefined, asked([])),
      /^lost: .* did not show f in h/,
    ],
  };

  test.for(Object.entries(bad))('%s', ([, [story, expected]]) => {
    expect(story.found.join('\n')).toMatch(new RegExp(expected.source, 'm'));
  });
});

describe('F-04 the checker accepts what can be', () => {
  const good: Record<string, Story> = {
    'nothing at all': new Story(),
    'what everybody was told': begun()
      .did('push', 'x', EMPTY, session({ tags: ['x'] }))
      .did('increment', undefined, session({ tags: ['x'] }), session({ tags: ['x'], total: 1 }))
      .saw(session({ tags: ['x'], total: 1 })),
    'changes nobody was told of, and that do not count': begun()
      .unknown('push', 'x')
      .unknown('increment')
      .unknown('set', 'x')
      .unknown('issue', 'v')
      .saw(EMPTY),
    'changes nobody was told of, and that count once': begun()
      .unknown('push', 'x')
      .unknown('increment')
      .unknown('set', 'x')
      .unknown('issue', 'v')
      .saw(session({ tags: ['x'], total: 1, own: { 'ada/1/a': 'x' }, vouchers: ['v'] })),
    'a change nobody was told of that counts late': begun()
      .unknown('set', 'x')
      .did('set', 'y', EMPTY, session({ own: { 'ada/1/a': 'y' } }))
      .saw(session({ own: { 'ada/1/a': 'x' } })),
    'a logout nobody was told of that counts': begun().unknown('logout').saw(null),
    'a logout nobody was told of that does not count': begun().unknown('logout').saw(EMPTY),
    'an end of all sessions nobody was told of': begun().unknown('destroyUser', 'ada').saw(null),
    'a login nobody was told of, whose new token is lost': begun()
      .unknown('login', 'ada')
      .saw(null),
    'a voucher that perhaps was taken': begun()
      .did('issue', 'v', EMPTY, session({ vouchers: ['v'] }))
      .unknown('take', 'v')
      .saw(EMPTY),
    'a flash message that a request showed whose answer is lost': begun()
      .did('flash', 'f', EMPTY, EMPTY)
      .add('notices', undefined, { ...asked(['f']), result: 'unknown', reply: undefined })
      .add('notices', undefined, asked([])),
    'a flash message that stays because the store failed': begun()
      .did('flash', 'f', EMPTY, EMPTY)
      .add('notices', undefined, {
        ...asked(['f']),
        reply: { before: EMPTY, outcome: 'unchanged', after: EMPTY, notices: ['f'] },
      })
      .add('notices', undefined, asked(['f'])),
    'two requests at once that both show a flash message': begun()
      .did('flash', 'f', EMPTY, EMPTY)
      .add('notices', undefined, asked(['f']))
      .add('notices', undefined, { ...asked(['f']), startedAt: 4 }),
    'a session that outlives the end of its user because nobody was logged in, and gets a new token':
      new Story()
        .add('push', 'x', {
          received: 'one',
          reply: {
            before: null,
            outcome: 'created',
            after: session({ user: undefined, tags: ['x'] }),
          },
        })
        .add('destroyUser', 'ada', {
          sent: 'one',
          received: 'two',
          reply: {
            before: session({ user: undefined, tags: ['x'] }),
            outcome: 'destroyed',
            after: null,
          },
        })
        .saw(session({ user: undefined, tags: ['x'] }), 'two'),
    'a request that had opened the session before it ended': begun()
      .did('logout', undefined, EMPTY, null)
      .add('show', undefined, {
        sent: 'one',
        startedAt: 2.5,
        reply: { before: EMPTY, outcome: 'gone', after: null },
        result: 'none',
      }),
  };

  test.for(Object.entries(good))('%s', ([, story]) => {
    expect(story.found).toEqual([]);
  });

  test('a session that its store may have forgotten', () => {
    const story = begun();
    story.forgettings.push({ startedAt: 1, endedAt: 2 });
    expect(story.saw(null).found).toEqual([]);
  });

  test('the data that a login takes along from a session that ended', () => {
    const took = session({ handle: 'next', tags: ['x'], total: 1 });
    const story = begun()
      .did('push', 'x', EMPTY, session({ tags: ['x'] }))
      .did('increment', undefined, session({ tags: ['x'] }), session({ tags: ['x'], total: 1 }))
      .add('login', 'ada', {
        sent: 'one',
        received: 'two',
        reply: {
          before: session({ tags: ['x'], total: 1 }),
          outcome: 'created',
          after: took,
        },
      })
      .saw(took, 'two');
    expect(story.found).toEqual([]);
    expect(story.saw({ ...took, tags: [] }, 'two').found).not.toEqual([]);
  });
});

function asked(notices: readonly string[]): Partial<Event> {
  return {
    sent: 'one',
    operation: { kind: 'notices', asked: ['f'] },
    reply: { before: EMPTY, outcome: 'updated', after: EMPTY, notices },
  };
}
