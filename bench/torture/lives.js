// Sorts a history by sessions: a life is one session, from its first record to its end, under
// whatever tokens. Its handle names it.

/** @import { Event, History, Snapshot } from './types.js' */

/**
 * @typedef {object} Act What may have ended a session or replaced its token.
 * @property {Event} event
 * @property {boolean} isCertain Whether it was acknowledged.
 */

/** @typedef {Act & { dead: ReadonlySet<string> }} Move `dead`: tokens that it replaced for certain. */

/**
 * @typedef {object} Sighting What a request saw of a session.
 * @property {Event} event
 * @property {Snapshot} snapshot
 * @property {boolean} isAfter Whether it shows the request's own change as well.
 */

/**
 * @typedef {object} Life
 * @property {string} handle
 * @property {number} beganAt When it was first heard of at the latest.
 * @property {Event[]} changes What changed its data or may have: acknowledged, or unknown.
 * @property {Sighting[]} sightings In the order in which they ended.
 * @property {Act[]} ends
 * @property {Move[]} moves
 * @property {{ event: Event, snapshot: Snapshot } | undefined} base A login that began it with the
 * data of a session that had ended.
 */

/**
 * @typedef {object} Lives
 * @property {readonly Life[]} all
 * @property {(handle: string) => Life | undefined} get
 * @property {(token: string) => Life | undefined} ofToken
 * @property {(token: string) => Event | undefined} issueOf The request whose answer first brought a
 * token.
 */

/** @param {History} history @returns {Lives} */
export function livesOf({ events }) {
  /** @type {Map<string, Life>} */
  const lives = new Map();
  /** @type {Map<string, string>} */
  const handles = new Map();
  /** @type {Map<string, Event>} */
  const issues = new Map();
  const inOrder = [...events].sort((one, other) => one.endedAt - other.endedAt);

  for (const event of inOrder) {
    const { reply, received } = event;
    const after = reply?.after ?? undefined;
    const carrier = carrierOf(event);
    if (carrier !== undefined && received !== undefined && !handles.has(received)) {
      handles.set(received, carrier.handle);
      issues.set(received, event);
    }
    for (const snapshot of [reply?.before, after]) {
      if (snapshot === undefined || snapshot === null) continue;
      const life = lifeOf(snapshot.handle, event.startedAt);
      // What a refused request shows after it is not what is stored.
      if (snapshot === after && event.result !== 'ok') continue;
      life.sightings.push({ event, snapshot, isAfter: snapshot === after });
    }
  }
  for (const event of inOrder) if (event.result !== 'none') attribute(event);
  return {
    all: [...lives.values()],
    get: (handle) => lives.get(handle),
    ofToken: (token) => lives.get(handles.get(token) ?? ''),
    issueOf: (token) => issues.get(token),
  };

  /** @param {string} handle @param {number} startedAt */
  function lifeOf(handle, startedAt) {
    let life = lives.get(handle);
    if (life === undefined) {
      life = {
        handle,
        beganAt: startedAt,
        changes: [],
        sightings: [],
        ends: [],
        moves: [],
        base: undefined,
      };
      lives.set(handle, life);
    }
    life.beganAt = Math.min(life.beganAt, startedAt);
    return life;
  }

  /** @param {Event} event */
  function attribute(event) {
    const { operation, reply, result } = event;
    const isCertain = result === 'ok';
    const sent = handles.get(event.sent ?? '');
    const before = reply === undefined ? sent : reply.before?.handle;
    const after = reply === undefined ? sent : reply.after?.handle;
    const old = lives.get(before ?? '');
    const life = lives.get(after ?? '');
    switch (operation.kind) {
      case 'logout':
        old?.ends.push({ event, isCertain });
        return;
      case 'destroyUser':
        for (const each of lives.values()) endOfUser(each, event, isCertain);
        return;
      case 'login':
      case 'regenerate':
        if (old !== undefined && life !== old) {
          old.ends.push({ event, isCertain: false });
          if (life !== undefined)
            life.base = { event, snapshot: /** @type {Snapshot} */ (reply?.after) };
        }
        life?.moves.push({ event, isCertain, dead: deadBy(event, life.handle) });
        return;
      case 'show':
      case 'notices':
        life?.changes.push(event);
        return;
      default:
        life?.changes.push(event);
    }
  }

  /** @param {Life} life @param {Event} event @param {boolean} isCertain */
  function endOfUser(life, event, isCertain) {
    const user = event.operation.value;
    const seen = life.sightings.find(({ snapshot }) => snapshot.user === user);
    const mayHaveLoggedIn =
      seen !== undefined || life.sightings.some(({ event: { client } }) => userOf(client) === user);
    if (!mayHaveLoggedIn) return;
    const wasLoggedIn = seen !== undefined && seen.event.endedAt < event.startedAt;
    life.ends.push({ event, isCertain: isCertain && wasLoggedIn });
  }

  /** @param {Event} event @param {string} handle @returns {ReadonlySet<string>} */
  function deadBy(event, handle) {
    const dead = new Set();
    for (const [token, issue] of issues) {
      if (
        token !== event.received &&
        issue.endedAt < event.startedAt &&
        handles.get(token) === handle
      )
        dead.add(token);
    }
    return dead;
  }
}

/** Clients are named `user/device/tab`. @param {string} client */
function userOf(client) {
  return client.split('/', 1)[0];
}

/**
 * The session whose token an answer brought: also when its user's sessions ended, and it was not
 * one of them. @param {Event} event
 */
export function carrierOf({ reply }) {
  return reply?.after ?? reply?.before ?? undefined;
}

/** For messages. @param {Event} event */
export function nameOf({ client, operation: { kind, value }, startedAt }) {
  const what = value === undefined ? kind : `${kind} ${value}`;
  return `${client}'s ${what} at ${Math.round(startedAt)} ms`;
}
