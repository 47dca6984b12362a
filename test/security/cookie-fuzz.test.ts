import { describe, expect, test } from 'vitest';
import { cookieTransport, parseCookies } from '../../src/http/cookie.js';
import { withCookies } from '../core/request-view.js';
import { seeded } from './seeded.js';

/**
 * Section 5.6 of RFC 6265bis applied to each pair of a Cookie header: split at `;`, then at the
 * first `=`, then trim blanks.
 */
function referenceParse(header: string, wanted: string): string[] {
  const found: string[] = [];
  let unparsed: string | undefined = header;
  while (unparsed !== undefined) {
    const [pair, rest]: (string | undefined)[] = cutAt(unparsed, ';');
    const [name, value] = cutAt(pair ?? '', '=');
    if (value !== undefined && withoutBlanks(name ?? '') === wanted)
      found.push(withoutBlanks(value));
    unparsed = rest;
  }
  return found;
}

function cutAt(text: string, separator: string): [string, string?] {
  const characters = [...text];
  const at = characters.indexOf(separator);
  return at < 0 ? [text] : [characters.slice(0, at).join(''), characters.slice(at + 1).join('')];
}

function withoutBlanks(text: string): string {
  return /^[ \t]*((?:.*[^ \t])?)[ \t]*$/s.exec(text)?.[1] ?? '';
}

const NAMES = [
  '__Host-sid',
  '__Host-sid',
  '__Host-sid',
  '__Host-sid.1',
  'sid',
  '__HOST-sid',
  '__Host-',
  '%5F_Host-sid',
  '__proto__',
  '$Version',
  '',
];
const NOISE = [
  ' ',
  '\t',
  '  \t',
  '"',
  ',',
  '2~',
  '\u00a0',
  '\x0b',
  '\0',
  '\r\n',
  '\\',
  '\u00ff',
  '~',
  '.',
  ';',
  '=',
  'a',
  'x'.repeat(50),
  '__Host-sid',
];

/** Pairs that are nearly well-formed, with noise in every place where a parser may stumble. */
function randomHeader(pick: (limit: number) => number): string {
  const noise = () =>
    pick(3) > 0 ? '' : pick(5) === 0 ? String.fromCharCode(pick(256)) : NOISE[pick(NOISE.length)];
  const pairs = Array.from({ length: pick(7) }, () =>
    [
      noise(),
      NAMES[pick(NAMES.length)],
      noise(),
      pick(8) > 0 ? '=' : '',
      noise(),
      'v',
      noise(),
    ].join(''),
  );
  return pairs.join(pick(4) > 0 ? '; ' : ';');
}

describe('any Cookie header', () => {
  test('F-21 S-26: 10^5 headers are parsed as the standard parses them', () => {
    const pick = seeded(21);
    let matches = 0;
    for (let round = 0; round < 100_000; round += 1) {
      const header = randomHeader(pick);
      const [parsed, reference] = [
        parseCookies(header, '__Host-sid'),
        referenceParse(header, '__Host-sid').slice(0, 4),
      ];
      if (parsed.length > 0) matches += 1;
      if (parsed.join('\n') !== reference.join('\n') || parsed.length !== reference.length)
        expect(parsed, JSON.stringify(header)).toEqual(reference);
    }
    expect(matches).toBeGreaterThan(20_000);
  });

  test('V-25 F-21 S-24: neither reading nor answering 10^5 headers throws, and no name is answered twice', () => {
    const pick = seeded(25);
    const transports = [
      cookieTransport(),
      cookieTransport({ secure: 'auto', persistent: true }),
      cookieTransport({ name: 'sid' }),
    ];
    for (let round = 0; round < 100_000; round += 1) {
      const presented = transports[round % 3]!.receive(
        withCookies(randomHeader(pick), pick(2) === 0),
      );
      for (const { headers: pairs } of [presented.expire(), presented.send('token', pick(1e6))]) {
        if (pairs.length === 2 && pairs[0]![1].split('=')[0] === pairs[1]![1].split('=')[0])
          expect.unreachable('a name was set twice');
        if (pairs.length < 1 || pairs.length > 2)
          expect.unreachable(`${pairs.length} cookies were set`);
      }
    }
  });

  test('F-21: headers of 16 KB of the worst characters are read in one pass', () => {
    for (const unit of [
      ' ',
      '\t',
      ';',
      '=',
      '__Host-sid',
      '__Host-sid ',
      ' =',
      '; ',
      '__Host-sid=2~; ',
      '__Host-sid.1=a;',
      '"',
    ]) {
      const header = unit.repeat(16_384 / unit.length);
      expect(parseCookies(header, '__Host-sid')).toEqual(
        referenceParse(header.slice(0, 2000), '__Host-sid').slice(0, 4),
      );
      expect(() => cookieTransport().receive(withCookies(header)).tokens).not.toThrow();
    }
  });
});
