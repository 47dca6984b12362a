import assert from 'node:assert/strict';
import {
  absent,
  type CaseDefinition,
  created,
  HOUR,
  holds,
  type Subject,
  written,
} from './case.js';

/** Ids that a careless store would turn into a path, a pattern, a query or a property. */
const HOSTILE = [
  ...String.raw`../x x .. . / /etc/passwd passwd a/b b a\b ..\x %2e%2e%2fx C:\x CON nul.txt x. ~ * ? [a-z] a* % _ a%`.split(
    ' ',
  ),
  ...`' " ; -- $1 ?1 :id {id} $where $gt __proto__ constructor toString null undefined 0 -1 true`.split(
    ' ',
  ),
  `' OR '1'='1`,
  '`id`',
  'a b',
  '\n',
  'a\r\nset b',
  '\t',
];

/** Ids that look alike and are not the same. */
const ALIKE = [
  ...'session Session SESSION sessio sessions ses 1 01 1.0 1e0 +1 é e\u0301 e ß ss ſ s İ i ı I \u212a k K a a\u200b ａ 😀 😁'.split(
    ' ',
  ),
  'session ',
  ' session',
  ' ',
  '\u00a0',
];

/** Records under all of `ids` live side by side, and every verb means only its own. */
async function keepApart(
  { store, second, record, clock }: Subject,
  ids: readonly string[],
): Promise<void> {
  const own = (id: string, data: string) => record({ data: `${data} of ${id}` });
  for (const id of ids) {
    await absent(store, id);
    const version = await created(store, id, record());
    written(await store.update(id, own(id, 'data'), version), `update of ${JSON.stringify(id)}`);
  }
  for (const id of ids) await holds(second, id, own(id, 'data'));
  const [first = '', ...others] = ids;
  assert.equal(await store.touch(first, clock.now() + 2 * HOUR, clock.now()), true, 'touch');
  for (const id of others) await holds(store, id, own(id, 'data'));
  for (const [index, id] of ids.entries()) {
    assert.equal(await store.destroy(id), true, `destroy of ${JSON.stringify(id)}`);
    await absent(store, id);
    const next = ids[index + 1];
    if (next !== undefined) await holds(store, next, own(next, 'data'));
  }
}

/** Ids are text and nothing but text. */
export const ID_CASES: readonly CaseDefinition[] = [
  {
    id: 'ids/hostile',
    title: 'an id is no path, pattern, query or property (V-14)',
    run: (subject) => keepApart(subject, HOSTILE),
  },
  {
    id: 'ids/alike',
    title: 'ids that differ in case, padding, accents or form are different',
    run: (subject) => keepApart(subject, ALIKE),
  },
  {
    id: 'ids/long',
    title: 'ids of 200 characters, of up to three bytes each, are told apart by the last one',
    run: (subject) =>
      keepApart(
        subject,
        ['x', '漢'].flatMap((letter) => ['a', 'b'].map((last) => letter.repeat(199) + last)),
      ),
  },
  {
    id: 'ids/nul',
    title: 'NUL is a character of an id (V-14)',
    run: (subject) => keepApart(subject, ['\0', '\0\0', 'a', 'a\0', 'a\0b', '\0a']),
  },
  {
    id: 'ids/lone-surrogates',
    title: 'halves of a surrogate pair are characters of an id',
    run: (subject) => keepApart(subject, ['\ud800', '\ud801', '\udc00', 'a\ud800', '\ufffd']),
  },
];
