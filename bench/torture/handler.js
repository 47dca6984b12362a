// What the application under torture does with a request: one operation on its session.

/** @import { Session, Sessions } from '../../dist/index.js' */
/** @import { Operation, Reply, Snapshot } from './types.js' */

/**
 * @typedef {{ tags: string[], total: number, own: Record<string, string>, vouchers: Record<string,
 * 1>, [notice: `notice ${string}`]: true }} Data
 */

/**
 * @param {Sessions<Data>} sessions @param {Session<Data>} session @param {string} client @param
 * {Operation} operation @returns {Promise<Reply>}
 */
export async function handle(sessions, session, client, { kind, value = '', asked = [] }) {
  const before = snapshotOf(session);
  let isTaken;
  let notices;
  switch (kind) {
    case 'show':
      return { before, outcome: session.outcome, after: before };
    case 'push':
      session.push('tags', value);
      break;
    case 'increment':
      session.increment('total');
      break;
    case 'set':
      session.set(['own', client], value);
      break;
    case 'issue':
      session.set(['vouchers', value], 1);
      break;
    case 'take':
      isTaken = (await session.take(['vouchers', value])) !== undefined;
      break;
    case 'flash':
      session.flash(`notice ${value}`, true);
      break;
    case 'notices':
      notices = asked.filter((notice) => session.get(`notice ${notice}`) === true);
      break;
    case 'login':
      await session.login(value);
      break;
    case 'regenerate':
      await session.regenerate();
      break;
    case 'logout':
      await session.logout();
      return { before, outcome: session.outcome, after: null };
    case 'destroyUser':
      await sessions.destroyUser(value);
      return { before, outcome: 'destroyed', after: null };
  }
  const { outcome: moved } = session;
  await session.save();
  const isMove = kind === 'login' || kind === 'regenerate';
  const outcome = isMove ? moved : session.outcome;
  return { before, outcome, after: snapshotOf(session), isTaken, notices };
}

/** @param {Session<Data>} session @returns {Snapshot | null} */
function snapshotOf(session) {
  if (session.isNew) return null;
  return {
    handle: session.handle,
    user: session.userId,
    tags: [...session.get('tags', [])],
    total: session.get('total', 0),
    own: { ...session.get('own', {}) },
    vouchers: Object.keys(session.get('vouchers', {})),
  };
}
