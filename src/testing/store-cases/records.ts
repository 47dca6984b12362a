import assert from 'node:assert/strict';
import type { SessionRecord } from '../../stores/contract.js';
import {
  absent,
  type CaseDefinition,
  created,
  HOUR,
  holds,
  present,
  type Subject,
  written,
} from './case.js';

const DAY = 24 * HOUR;

/** Data that a careless store takes for something else. */
const LOOK_ALIKES = [
  'null',
  'undefined',
  '0',
  '007',
  '1e3',
  'true',
  '{"a":1}',
  '[]',
  '""',
  "'",
  '\\',
  ' ',
  ' padded ',
  '\n',
  '\r\n',
  '\t',
  'NaN',
];
/**
 * Two, three and four bytes of UTF-8, a letter in two normal forms, marks that change direction,
 * the byte order mark.
 */
const UNICODE = 'é e\u0301 \u0416 漢字 😀 👩‍👩‍👧 \u202eabc \ufeff \u2028 \uffff';

/** Each of `records` comes back as it was, both when created and when put in place of another. */
async function roundTrip(
  { store, record }: Subject,
  records: readonly SessionRecord[],
): Promise<void> {
  for (const [index, sample] of records.entries()) {
    await created(store, `created-${index}`, sample);
    const version = await created(store, `updated-${index}`, record());
    written(await store.update(`updated-${index}`, sample, version), 'update');
  }
  for (const [index, sample] of records.entries()) {
    await holds(store, `created-${index}`, sample);
    await holds(store, `updated-${index}`, sample);
  }
}

/** What comes back of a record, and how. */
export const RECORD_CASES: readonly CaseDefinition[] = [
  {
    id: 'records/every-field',
    title: 'every field comes back as it was',
    run: (subject) => roundTrip(subject, [full(subject)]),
  },
  {
    id: 'records/optional-absent',
    title: 'an optional field that was absent is absent, not null and not undefined',
    run: async (subject) => {
      const { userId, ipAddress, userAgent, ...bare } = full(subject);
      await roundTrip(subject, [
        bare,
        { ...bare, userId: String(userId) },
        { ...bare, ipAddress: String(ipAddress) },
        { ...bare, userAgent: String(userAgent) },
      ]);
    },
  },
  {
    id: 'records/optional-dropped',
    title: 'an update without an optional field removes it',
    run: async (subject) => {
      const version = await created(subject.store, 'a', full(subject));
      written(await subject.store.update('a', subject.record(), version), 'update');
      await holds(subject.store, 'a', subject.record());
    },
  },
  {
    id: 'records/empty-texts',
    title: 'empty data, address and user agent stay empty texts',
    run: (subject) =>
      roundTrip(subject, [subject.record({ data: '', ipAddress: '', userAgent: '' })]),
  },
  {
    id: 'records/unicode',
    title: 'no character changes',
    run: (subject) =>
      roundTrip(subject, [subject.record({ data: UNICODE, userId: UNICODE, userAgent: UNICODE })]),
  },
  {
    id: 'records/nul',
    title: 'NUL and the other control characters are characters',
    run: (subject) =>
      roundTrip(subject, [subject.record({ data: 'a\0b\0', userAgent: '\0\x01\x1f\x7f\x80' })]),
  },
  {
    id: 'records/lone-surrogates',
    title: 'halves of a surrogate pair are characters',
    run: (subject) => roundTrip(subject, [subject.record({ data: '\ud800 \udfff x\udc00\ud800' })]),
  },
  {
    id: 'records/look-alikes',
    title: 'data is opaque: text that looks like null, a number or JSON stays that text',
    run: (subject) =>
      roundTrip(
        subject,
        LOOK_ALIKES.map((data) => subject.record({ data, userAgent: data })),
      ),
  },
  {
    id: 'records/large',
    title: 'data of 100 KB, in one to four bytes a character, is not cut',
    run: (subject) =>
      roundTrip(
        subject,
        ['x', 'é', '漢', '😀'].map((character) =>
          subject.record({
            data: `${'a'.repeat(3)}${character.repeat(102_400 / character.length)}end`,
          }),
        ),
      ),
  },
  {
    id: 'records/long-facts',
    title: 'a user id of 200 and a user agent of 1,000 characters are not cut',
    run: (subject) =>
      roundTrip(subject, [
        subject.record({ userId: 'u'.repeat(200), userAgent: `${'Agent '.repeat(166)}1234` }),
      ]),
  },
  {
    id: 'records/times',
    title: 'times are exact to the millisecond, from 1970 to the last date there is',
    run: (subject) => {
      const now = subject.clock.now();
      return roundTrip(subject, [
        subject.record({ createdAt: 0, touchedAt: 1 }),
        subject.record({
          createdAt: 2 ** 31 - 1,
          touchedAt: 2 ** 32 + 1,
          expiresAt: now + 400 * DAY + 7,
        }),
        subject.record({
          createdAt: now - 999,
          touchedAt: now - 1,
          expiresAt: now + 30 * DAY + 1001,
        }),
        subject.record({ createdAt: now, touchedAt: now, expiresAt: 8_640_000_000_000_000 }),
      ]);
    },
  },
  {
    id: 'records/copies',
    title: 'changing what was passed in or given out changes nothing that is stored',
    run: async (subject) => {
      const { store } = subject;
      const passed = full(subject);
      const version = await created(store, 'a', passed);
      spoil(passed);
      await holds(store, 'a', full(subject));
      const replacement = { ...full(subject), data: 'second' };
      written(await store.update('a', replacement, version), 'update');
      spoil(replacement);
      const expected = { ...full(subject), data: 'second' };
      const given = await present(store, 'a');
      assert.deepEqual(given.record, expected);
      spoil(given.record);
      await holds(store, 'a', expected);
    },
  },
  {
    id: 'records/absent',
    title: 'what was never created is absent for every verb, and asking does not create it',
    run: async ({ store, record }) => {
      const version = await created(store, 'other', record());
      await absent(store, 'a');
      assert.equal(await store.update('a', record(), version), undefined, 'update');
      assert.equal(await store.touch('a', record().expiresAt, record().touchedAt), false, 'touch');
      assert.equal(await store.destroy('a'), false, 'destroy');
      assert.equal(await store.destroy('a', version), false, 'destroy with a version');
      await absent(store, 'a');
      await holds(store, 'other', record());
    },
  },
];

function full({ record, clock }: Subject): SessionRecord {
  return record({
    data: '{"cart":[1,2,3]}',
    createdAt: clock.now() - 5003,
    touchedAt: clock.now() - 1001,
    expiresAt: clock.now() + HOUR + 17,
    userId: 'user-7',
    ipAddress: '2001:db8::7',
    userAgent: 'Mozilla/5.0 (X11; "quoted")',
  });
}

function spoil(record: SessionRecord): void {
  Object.assign(record, {
    data: 'spoiled',
    createdAt: 1,
    touchedAt: 1,
    expiresAt: 1,
    userId: 'spoiled',
    ipAddress: 'spoiled',
    userAgent: 'spoiled',
  });
}
