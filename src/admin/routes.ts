import { answer, jsonAnswer, pageAnswer, seeOther } from '../pages/answers.js';
import { fieldsOf } from '../pages/body.js';
import { PageError } from '../pages/page-error.js';
import { endPage } from './end-page.js';
import { endedPage } from './ended-page.js';
import { filterOf, flagOf, numberOf, textOf } from './filter.js';
import { healthPage } from './health-page.js';
import { ICON } from './icon.js';
import { listPage } from './list-page.js';
import { walkMatching } from './matching.js';
import { type Asked, type Room, type Row, rowOf, tell } from './room.js';
import { SCRIPT } from './script.js';
import { sessionPage } from './session-page.js';
import { statsPage } from './stats-page.js';
import { STYLE } from './style.js';
import { userPage } from './user-page.js';

type Method = 'GET' | 'POST' | 'DELETE';
type Answering = (room: Room, asked: Asked) => Response | Promise<Response>;

/** A path, with `:id` for what it names, and what answers each method. */
type Route = readonly [path: string, methods: Partial<Record<Method, Answering>>];

const DEFAULT_LIMIT = 50;
const MOST_LISTED = 200;
/** A page without a match is followed by the next one, so often. */
const MOST_PAGES = 20;

/** Every address of the dashboard, below its base path. */
export const ROUTES: readonly Route[] = [
  ['/', { GET: ({ settings }) => seeOther(`${settings.basePath}/sessions`) }],
  ['/sessions', { GET: list }],
  ['/sessions/:id', { GET: show, DELETE: end }],
  ['/sessions/:id/end', { POST: end }],
  ['/users/:id', { GET: devices }],
  ['/end', { GET: askWhich, POST: endMatching }],
  ['/ended', { GET: ended }],
  ['/stats', { GET: stats }],
  ['/health', { GET: health }],
  ['/live', { GET: ({ live }) => live.open() }],
  ['/icon.svg', { GET: () => answer(ICON, 'image/svg+xml') }],
  ['/dashboard.css', { GET: () => answer(STYLE, 'text/css; charset=utf-8') }],
  ['/dashboard.js', { GET: () => answer(SCRIPT, 'text/javascript; charset=utf-8') }],
];

async function list(room: Room, { query, isPage }: Asked): Promise<Response> {
  const filter = filterOf(query);
  const limit = numberOf(query, 'limit', { least: 1, most: MOST_LISTED, otherwise: DEFAULT_LIMIT });
  const after = textOf(query, 'after');
  let page = await room.sessions.list({ ...filter, after, limit });
  for (let pages = 1; page.sessions.length === 0 && pages < MOST_PAGES; pages++) {
    if (page.next === undefined) break;
    page = await room.sessions.list({ ...filter, after: page.next, limit });
  }
  const rows = page.sessions.map((session) => rowOf(session, room));
  const { next } = page;
  if (!isPage) return jsonAnswer({ sessions: rows, next });
  const wasThere = query.has('ended') ? flagOf(query, 'ended', true) : undefined;
  return pageAnswer(listPage(room, { rows, next, after, filter, limit, wasThere }));
}

async function show(room: Room, asked: Asked): Promise<Response> {
  const { query, id, isPage } = asked;
  const hasValues = flagOf(query, 'values', false);
  const session = await room.sessions.read(id);
  if (session === undefined)
    throw new PageError(404, 'There is no such session. It may have ended a moment ago.');
  if (hasValues) await tell(room, asked, { action: 'showValues', id });
  const row: Row = rowOf(session, room);
  const data = hasValues ? session.data : undefined;
  if (isPage) return pageAnswer(sessionPage(room, row, data));
  return jsonAnswer({ session: data === undefined ? row : { ...row, data } });
}

async function end(room: Room, asked: Asked): Promise<Response> {
  const { id, isPage } = asked;
  await tell(room, asked, { action: 'end', id });
  const wasThere = await room.sessions.destroy(id);
  if (isPage) return seeOther(`${room.settings.basePath}/sessions?ended=${wasThere}`);
  return jsonAnswer({ ended: wasThere }, wasThere ? 200 : 404);
}

async function devices(room: Room, { id, isPage }: Asked): Promise<Response> {
  const found = await room.sessions.ofUser(id);
  const rows = found.map((session) => rowOf(session, room));
  return isPage ? pageAnswer(userPage(room, id, rows)) : jsonAnswer({ userId: id, sessions: rows });
}

function askWhich(room: Room, { query, isPage }: Asked): Response {
  const filter = filterOf(query);
  if (isPage) return pageAnswer(endPage(room, filter));
  throw new PageError(405, 'Send the filter by POST: { "olderThan": "30d", "dryRun": true }.');
}

async function endMatching(room: Room, asked: Asked): Promise<Response> {
  const fields = await fieldsOf(asked.request);
  const filter = filterOf(fields);
  const dryRun = flagOf(fields, 'dryRun', true);
  const after = textOf(fields, 'after');
  await tell(room, asked, { action: dryRun ? 'countMatching' : 'endMatching', filter });
  const walked = await walkMatching(room.sessions, filter, { dryRun, after });
  if (!asked.isPage) return jsonAnswer(walked);
  // A form carries the sum of the walks before along.
  const sum = { least: 0, most: Number.MAX_SAFE_INTEGER, otherwise: 0 };
  const matched = walked.matched + numberOf(fields, 'matched', sum);
  const endedSoFar = walked.ended + numberOf(fields, 'ended', sum);
  return pageAnswer(endPage(room, filter, { ...walked, matched, ended: endedSoFar }));
}

async function ended(room: Room, { query, isPage }: Asked): Promise<Response> {
  const { log, watch } = room;
  const asked = {
    user: textOf(query, 'user'),
    reason: textOf(query, 'reason'),
    after: textOf(query, 'after'),
    limit: numberOf(query, 'limit', { least: 1, most: MOST_LISTED, otherwise: DEFAULT_LIMIT }),
  };
  const page = (await log?.page(asked)) ?? watch.endedPage(asked);
  const source = { isKept: log !== undefined, dropped: log?.dropped ?? 0 };
  return isPage
    ? pageAnswer(endedPage(room, asked, page, source))
    : jsonAnswer({ ...page, ...source });
}

async function stats(room: Room, { query, isPage }: Asked): Promise<Response> {
  if (flagOf(query, 'count', false)) await room.watch.count();
  const all = room.watch.stats();
  return isPage ? pageAnswer(statsPage(room, all)) : jsonAnswer(all);
}

async function health(room: Room, { isPage }: Asked): Promise<Response> {
  const found = await room.check.health();
  return isPage ? pageAnswer(healthPage(room, found)) : jsonAnswer(found);
}
