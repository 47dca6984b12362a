import type { Session } from '../../src/core/session.js';
import type { View } from './view.js';

/** The data of every session under test. */
export interface Data {
  a: string;
  b: string;
  n: number;
  text: string;
  list: string[];
  box: { n?: number; name?: string; items?: string[] };
  note: string;
}

type DataStep = (session: Session<Data>, view: View, tag: string) => void;

/** What a handler may do to its data, and what the model says to that. */
const TAKE = {
  'set a': set('a'),
  'set b': set('b'),
  'set note': set('note'),
  'set nested'(session, view, tag) {
    session.set('box.name', tag);
    view.note({ kind: 'setInner', key: 'box', inner: 'name', value: tag });
  },
  'delete a'(session, view) {
    session.delete('a');
    view.note({ kind: 'delete', key: 'a' });
  },
  'delete box'(session, view) {
    session.delete('box');
    view.note({ kind: 'delete', key: 'box' });
  },
  'delete nested'(session, view) {
    if (session.delete('box.name')) view.note({ kind: 'remove', key: 'box', inner: 'name' });
  },
  clear(session, view) {
    session.clear();
    view.note({ kind: 'clear' });
  },
  increment(session, view) {
    session.increment('n');
    view.note({ kind: 'increment', key: 'n' });
  },
  'increment nested'(session, view) {
    session.increment('box.n');
    view.note({ kind: 'increment', key: 'box', inner: 'n' });
  },
  push(session, view, tag) {
    session.push('list', tag);
    view.note({ kind: 'push', key: 'list', value: tag });
  },
  'push nested'(session, view, tag) {
    session.push('box.items', tag);
    view.note({ kind: 'push', key: 'box', inner: 'items', value: tag });
  },
  'pull a'(session, view) {
    session.pull('a');
    view.note({ kind: 'delete', key: 'a' });
  },
  'pull list'(session, view) {
    session.pull('list');
    view.note({ kind: 'delete', key: 'list' });
  },
  update(session, view, tag) {
    session.update('text', (present = '') => `${present} ${tag}`);
    view.note({ kind: 'append', key: 'text', text: ` ${tag}` });
  },
  mutate(session, view, tag) {
    const box = session.get('box');
    if (box === undefined) return;
    box.items = [...(box.items ?? []), tag];
    view.note({ kind: 'set', key: 'box', value: structuredClone(box) });
  },
  flash(session, view, tag) {
    session.flash('note', tag);
    view.note({ kind: 'flash', key: 'note', value: tag });
  },
  reflash(session, view) {
    const seen = view.flashBefore();
    session.reflash();
    for (const [key, value] of seen) view.note({ kind: 'flash', key, value });
  },
  now(session, view, tag) {
    session.now('note', tag);
    view.pass('note', tag);
  },
  touch(session) {
    session.touch();
  },
  prove(session) {
    session.prove();
  },
} satisfies Record<string, DataStep>;

export type DataStepName = keyof typeof TAKE;
export const DATA_STEPS = Object.keys(TAKE) as DataStepName[];

/** Steps that change the session's data in this request, and say nothing to the store. */
export function takeDataStep(
  step: DataStepName,
  session: Session<Data>,
  view: View,
  tag: string,
): void {
  (TAKE[step] as DataStep)(session, view, tag);
}

export function isDataStep(step: string): step is DataStepName {
  return Object.hasOwn(TAKE, step);
}

function set(key: 'a' | 'b' | 'note'): DataStep {
  return (session, view, tag) => {
    session.set(key, tag);
    view.note({ kind: 'set', key, value: tag });
  };
}
