import { nameOf } from './lives.js';

/** @import { Event, Kind } from './types.js' */
/** @import { Life, Sighting } from './lives.js' */
/** @import { Report } from './checker.js' */

/**
 * Each change that was acknowledged is seen once by everybody who comes later, and no other change
 * is seen. @param {Life} life @param {Report} report
 */
export function checkData(life, report) {
  checkTags(life, report);
  checkTotal(life, report);
  checkOrder(life, report);
  checkOwn(life, report);
  checkVouchers(life, report);
}

/** What of a kind was, or may have been, changed. @param {Life} life @param {Kind} kind */
function changesOf({ changes }, kind) {
  return changes.filter(({ operation }) => operation.kind === kind);
}

/**
 * Whether it was acknowledged before a sighting; with `isAfter` the sighting shows its own change.
 * @param {Event} change @param {Sighting} sighting
 */
function isDue(change, { event, isAfter }) {
  if (change === event) return isAfter;
  return change.result === 'ok' && change.endedAt < event.startedAt;
}

/** Whether it may be seen. @param {Event} change @param {Sighting} sighting */
function isPossible(change, { event, isAfter }) {
  return change === event ? isAfter : change.startedAt < event.endedAt;
}

/** @param {Life} life @param {Report} report */
function checkTags(life, report) {
  const { handle, sightings, base } = life;
  const pushes = new Map(changesOf(life, 'push').map((event) => [event.operation.value, event]));
  const inherited = new Set(base?.snapshot.tags);
  /** @type {readonly string[]} */
  let longest = [];
  for (const { snapshot } of sightings)
    if (snapshot.tags.length > longest.length) longest = snapshot.tags;

  for (const sighting of sightings) {
    const { event, snapshot } = sighting;
    const seen = new Set(snapshot.tags);
    if (seen.size < snapshot.tags.length)
      report('doubled', `${nameOf(event)} saw a tag twice in ${handle}: ${twice(snapshot.tags)}`);
    if (snapshot.tags.some((tag, index) => tag !== longest[index]))
      report('lost', `${nameOf(event)} saw tags of ${handle} in another order than others did`);
    for (const tag of seen) {
      const push = pushes.get(tag);
      if (inherited.has(tag)) continue;
      if (push === undefined)
        report('stranger', `${nameOf(event)} saw ${tag} in ${handle}, where it never was pushed`);
      else if (!isPossible(push, sighting))
        report('stranger', `${nameOf(event)} saw ${tag} in ${handle} before it was pushed`);
    }
    for (const [tag = '', push] of pushes)
      if (isDue(push, sighting) && !seen.has(tag))
        report('lost', `${nameOf(event)} did not see ${tag} in ${handle}, ${nameOf(push)}`);
    for (const tag of inherited)
      if (!seen.has(tag))
        report('lost', `${nameOf(event)} did not see ${tag}, inherited by ${handle}`);
  }
}

/** @param {readonly string[]} tags */
function twice(tags) {
  return tags.filter((tag, index) => tags.indexOf(tag) !== index).join(', ');
}

/** @param {Life} life @param {Report} report */
function checkTotal(life, report) {
  const increments = changesOf(life, 'increment');
  const base = life.base?.snapshot.total ?? 0;
  for (const sighting of life.sightings) {
    const { event, snapshot } = sighting;
    const due = base + increments.filter((each) => isDue(each, sighting)).length;
    const possible = base + increments.filter((each) => isPossible(each, sighting)).length;
    const where = `${nameOf(event)} saw the total ${snapshot.total} in ${life.handle}`;
    if (snapshot.total < due) report('lost', `${where}, at least ${due} were acknowledged`);
    if (snapshot.total > possible) report('doubled', `${where}, at most ${possible} were sent`);
  }
}

/**
 * What one request saw, a later one sees too, even if nobody was told of the change. @param {Life}
 * life @param {Report} report
 */
function checkOrder({ handle, sightings }, report) {
  const byStart = [...sightings].sort((one, other) => one.event.startedAt - other.event.startedAt);
  let ended = 0;
  let most = 0;
  let highest = 0;
  for (const { event, snapshot } of byStart) {
    // Sightings are in the order of their ends.
    for (; (sightings[ended]?.event.endedAt ?? Infinity) < event.startedAt; ended++) {
      most = Math.max(most, sightings[ended]?.snapshot.tags.length ?? 0);
      highest = Math.max(highest, sightings[ended]?.snapshot.total ?? 0);
    }
    if (snapshot.tags.length < most || snapshot.total < highest)
      report('lost', `${nameOf(event)} saw less of ${handle} than a request before it`);
  }
}

/** The last value of each client, who sets one after the other. @param {Life} life @param {Report} report */
function checkOwn(life, report) {
  const sets = changesOf(life, 'set');
  for (const client of new Set(sets.map((event) => event.client))) {
    const own = sets.filter((event) => event.client === client);
    const inherited = life.base?.snapshot.own[client];
    for (const sighting of life.sightings) {
      const { event, snapshot } = sighting;
      const value = snapshot.own[client];
      const last = own.findLast((each) => isDue(each, sighting));
      if (value === undefined) {
        if (last !== undefined)
          report('lost', `${nameOf(event)} did not see ${nameOf(last)} in ${life.handle}`);
        continue;
      }
      const by = own.find(({ operation }) => operation.value === value);
      if (by === undefined ? value !== inherited : !isPossible(by, sighting))
        report('stranger', `${nameOf(event)} saw ${value} in ${life.handle}, which nobody set`);
      else if (last !== undefined && by !== last && isOver(by, last))
        report('revived', `${nameOf(event)} saw ${value} in ${life.handle} after ${nameOf(last)}`);
    }
  }
}

/**
 * Whether a change was over for certain before another began. @param {Event | undefined} change
 * @param {Event} next
 */
function isOver(change, next) {
  return change === undefined || (change.result === 'ok' && change.endedAt < next.startedAt);
}

/** @param {Life} life @param {Report} report */
function checkVouchers(life, report) {
  const takes = new Map();
  for (const take of changesOf(life, 'take'))
    takes.set(take.operation.value, [...(takes.get(take.operation.value) ?? []), take]);
  const issues = new Map(changesOf(life, 'issue').map((event) => [event.operation.value, event]));
  const inherited = new Set(life.base?.snapshot.vouchers);
  for (const sighting of life.sightings) {
    const { event, snapshot } = sighting;
    const seen = new Set(snapshot.vouchers);
    for (const voucher of seen) {
      const issue = issues.get(voucher);
      if (!inherited.has(voucher) && (issue === undefined || !isPossible(issue, sighting)))
        report(
          'stranger',
          `${nameOf(event)} saw ${voucher} in ${life.handle}, which nobody issued`,
        );
      const taken = takes
        .get(voucher)
        ?.find((/** @type {Event} */ take) => take.reply?.isTaken && isDue(take, sighting));
      if (taken !== undefined)
        report(
          'revived',
          `${nameOf(event)} saw ${voucher} in ${life.handle} after ${nameOf(taken)}`,
        );
    }
    for (const [voucher, issue] of issues) {
      if (!isDue(issue, sighting) || seen.has(voucher ?? '')) continue;
      const mayBeTaken = takes
        .get(voucher)
        ?.some((/** @type {Event} */ take) => take === event || take.startedAt < event.endedAt);
      if (!mayBeTaken)
        report('lost', `${nameOf(event)} did not see ${voucher} in ${life.handle}, never taken`);
    }
  }
}
