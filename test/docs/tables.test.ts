import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  createSessions,
  type SessionErrorCode,
  type SessionEvents,
  type SessionOptions,
} from '../../src/index.js';

// The compiler asks for every name, and for no other.
const CODES: Record<SessionErrorCode, true> = {
  'invalid-option': true,
  'invalid-path': true,
  'invalid-value': true,
  'invalid-record': true,
  'invalid-data': true,
  'newer-data': true,
  'too-large': true,
  'store-failed': true,
  'store-timeout': true,
  conflict: true,
  ended: true,
  'read-only': true,
  'commit-failed': true,
  'session-limit': true,
  'newcomer-limit': true,
  'too-late': true,
  unsupported: true,
  'no-session': true,
};
const EVENTS: Record<keyof SessionEvents, true> = {
  opened: true,
  committed: true,
  created: true,
  inherited: true,
  regenerated: true,
  updated: true,
  touched: true,
  ended: true,
  conflict: true,
  gone: true,
  rejected: true,
  setAside: true,
  replayed: true,
  refused: true,
  throttled: true,
  storeCall: true,
  circuit: true,
  outage: true,
  clockStepped: true,
  failed: true,
};

test('failures.md lists every error code', () => {
  expect(rowsOf('failures.md')).toEqual(expect.arrayContaining(Object.keys(CODES)));
});

test('operating.md lists every event', () => {
  expect(rowsOf('operating.md')).toEqual(expect.arrayContaining(Object.keys(EVENTS)));
});

test('options.md lists every option and no other', () => {
  expect(rowsOf('options.md').sort()).toEqual(
    namesIn(() => createSessions({ unheard: true } as SessionOptions)),
  );
});

test('cookies-and-proxies.md lists every cookie option', () => {
  const names = namesIn(() => createSessions({ cookie: { unheard: true } } as SessionOptions));
  expect(rowsOf('cookies-and-proxies.md')).toEqual(expect.arrayContaining(names));
});

/** What the rows of a page's tables begin with. */
function rowsOf(page: string): string[] {
  const text = readFileSync(new URL(`../../docs/guide/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^\| `([\w-]+)`/gm)].map(([, name = '']) => name);
}

/** The names that the message about an unknown option lists. */
function namesIn(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    return String(error)
      .replace(/.*The (?:cookie )?options are: |\.$/g, '')
      .split(', ')
      .sort();
  }
  throw new Error('An unknown option was accepted.');
}
