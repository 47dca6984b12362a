// Says what in a history of requests contradicts the promises of Sojourn. Pure: it knows nothing of
// servers. A request whose outcome nobody was told may count once, or not at all, at any time.
import { checkData } from './check-data.js';
import { checkNotices } from './check-notices.js';
import { carrierOf, livesOf, nameOf } from './lives.js';

/** @import { Contradiction, Event, History } from './types.js' */
/** @import { Life, Lives } from './lives.js' */

/**
 * Every contradiction, in the order of the checks; empty when the history can be explained.
 * @param {History} history
 * @returns {Contradiction[]}
 */
export function contradictionsOf(history) {
  const lives = livesOf(history);
  /** @type {Contradiction[]} */
  const found = [];
  /** @param {Contradiction['kind']} kind @param {string} text */
  const report = (kind, text) => void found.push({ kind, text });

  checkTokens(history, lives, report);
  checkEnds(history, lives, report);
  checkSurvival(history, lives, report);
  for (const life of lives.all) {
    checkUser(life, report);
    checkData(life, report);
    checkNotices(life, report);
  }
  checkVouchers(history, report);
  return found;
}

/** @typedef {(kind: Contradiction['kind'], text: string) => void} Report */

/**
 * A token leads to the session that it was given for, and to no other. @param {History} history
 * @param {Lives} lives @param {Report} report
 */
function checkTokens({ events }, lives, report) {
  /** @type {Map<string, string>} */
  const handles = new Map();
  for (const event of events) {
    const { received } = event;
    const handle = carrierOf(event)?.handle;
    if (received === undefined || handle === undefined) continue;
    if ((handles.get(received) ?? handle) !== handle)
      report(
        'stranger',
        `one token was given for the sessions ${handle} and ${handles.get(received)}`,
      );
    handles.set(received, handle);
  }
  for (const event of events) {
    const { sent, reply } = event;
    const handle = reply?.before?.handle;
    const expected = sent === undefined ? undefined : lives.ofToken(sent)?.handle;
    if (handle !== undefined && handle !== expected)
      report('stranger', `${nameOf(event)} came with a token of ${expected} and opened ${handle}`);
  }
}

/**
 * Nobody opens a session that was ended, nor any by a token that was replaced by a login or by
 * `regenerate`, once that was acknowledged. @param {History} history @param {Lives} lives @param
 * {Report} report
 */
function checkEnds({ events }, lives, report) {
  for (const event of events) {
    const handle = event.reply?.before?.handle;
    if (handle === undefined) continue;
    const life = lives.get(handle);
    const end = life?.ends.find(
      ({ event: by, isCertain }) => isCertain && by.endedAt < event.startedAt,
    );
    if (end !== undefined) {
      report('revived', `${nameOf(event)} opened ${handle}, which ${nameOf(end.event)} had ended`);
      continue;
    }
    const move = life?.moves.find(
      ({ event: by, isCertain, dead }) =>
        isCertain && by.endedAt < event.startedAt && dead.has(event.sent ?? ''),
    );
    if (move !== undefined)
      report(
        'revived',
        `${nameOf(event)} opened ${handle} by the token before ${nameOf(move.event)}`,
      );
  }
}

/**
 * A token that was given leads to its session until something ends the session or replaces the
 * token. @param {History} history @param {Lives} lives @param {Report} report
 */
function checkSurvival({ events, forgettings }, lives, report) {
  for (const event of events) {
    const { sent, reply, startedAt, endedAt } = event;
    if (sent === undefined || reply === undefined || reply.before !== null) continue;
    const issue = lives.issueOf(sent);
    const life = lives.ofToken(sent);
    if (issue === undefined || life === undefined || issue.endedAt > startedAt) continue;
    const isExplained =
      life.ends.some(({ event: by }) => by.startedAt < endedAt) ||
      life.moves.some(
        ({ event: by }) => by !== issue && by.startedAt < endedAt && mayKill(by, issue),
      ) ||
      forgettings.some((each) => each.startedAt < endedAt && life.beganAt < each.endedAt);
    if (!isExplained)
      report('lost', `${nameOf(event)} came with a good token of ${life.handle} and found nothing`);
  }
}

/**
 * Whether a move may have replaced the token that was given by `issue`: it was under way after.
 * @param {Event} move @param {Event} issue
 */
function mayKill(move, issue) {
  return move.result === 'unknown' || move.endedAt > issue.startedAt;
}

/** A login stays, and nobody is logged in by nobody. @param {Life} life @param {Report} report */
function checkUser({ handle, sightings, moves }, report) {
  const logins = moves.filter(({ event }) => event.operation.kind === 'login');
  for (const { event, snapshot } of sightings) {
    const { user } = snapshot;
    const before = logins.find(
      ({ event: login, isCertain }) => isCertain && login.endedAt < event.startedAt,
    );
    if (user === undefined && before !== undefined)
      report(
        'lost',
        `${nameOf(event)} saw nobody logged in to ${handle} after ${nameOf(before.event)}`,
      );
    const isKnown = logins.some(
      ({ event: login }) => login.operation.value === user && login.startedAt < event.endedAt,
    );
    if (user !== undefined && !isKnown)
      report('stranger', `${nameOf(event)} saw ${user} logged in to ${handle}, who never did`);
  }
}

/** A voucher is taken once, in whichever session. @param {History} history @param {Report} report */
function checkVouchers({ events }, report) {
  /** @type {Map<string, Event>} */
  const takers = new Map();
  for (const event of events) {
    const { operation, reply, result } = event;
    if (operation.kind !== 'take' || result !== 'ok' || reply?.isTaken !== true) continue;
    const first = takers.get(operation.value ?? '');
    if (first !== undefined)
      report('doubled', `${nameOf(event)} got what ${nameOf(first)} had got`);
    else takers.set(operation.value ?? '', event);
  }
}
