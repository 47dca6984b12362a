import { setTimeout as sleep } from 'node:timers/promises';

/** @import { Event, Kind, Operation, Reply } from './types.js' */
/** @import { Random } from './random.js' */

/** A client waits so long for an answer, in milliseconds. */
const PATIENCE = 3000;
const TABS = 2;

/** How often each operation is drawn. @type {readonly (readonly [Kind, number])[]} */
const WEIGHTS = [
  ['show', 14],
  ['push', 26],
  ['increment', 20],
  ['set', 12],
  ['issue', 6],
  ['take', 7],
  ['flash', 4],
  ['notices', 5],
  ['login', 3],
  ['regenerate', 1.5],
  ['logout', 1.2],
  ['destroyUser', 0.3],
];

/**
 * What the tabs of one browser share.
 * @typedef {object} Device
 * @property {string} user
 * @property {string | undefined} cookie `name=value`
 * @property {string[]} vouchers Issued, and perhaps not yet taken.
 * @property {string[]} notices Flashed, and perhaps not yet shown.
 */

/**
 * Sends one request, notes what came of it, and keeps the cookie that came.
 * @param {{ origin: string, name: string, device: Device, operation: Operation, events: Event[] }}
 * request
 */
export async function send({ origin, name, device, operation, events }) {
  const sent = device.cookie;
  const startedAt = performance.now();
  /** @param {Omit<Event, 'client' | 'origin' | 'operation' | 'startedAt' | 'endedAt' | 'sent'>} outcome */
  const note = (outcome) => {
    const event = {
      client: name,
      origin,
      operation,
      startedAt,
      endedAt: performance.now(),
      sent,
      ...outcome,
    };
    events.push(event);
    return event;
  };
  let response;
  let text;
  try {
    const query = encodeURIComponent(JSON.stringify({ client: name, operation }));
    response = await fetch(`${origin}/?${query}`, {
      method: 'POST',
      headers: {
        'sec-fetch-site': 'same-origin',
        ...(sent === undefined ? {} : { cookie: sent }),
      },
      signal: AbortSignal.timeout(PATIENCE),
    });
    text = await response.text();
  } catch (error) {
    const { cause } = /** @type {{ cause?: { code?: string } }} */ (error);
    return note({ result: cause?.code === 'ECONNREFUSED' ? 'none' : 'unknown' });
  }
  if (response.status !== 200)
    return note({ result: response.headers.get('x-begun') === 'no' ? 'none' : 'unknown' });
  /** @type {Reply} */
  const reply = JSON.parse(text);
  const received = receive(device, response.headers.getSetCookie());
  // What came with a dead token starts anew, as a browser does whose user logs in again.
  if (reply.outcome === 'gone' && device.cookie === sent) device.cookie = undefined;
  return note({ result: reply.outcome === 'gone' ? 'none' : 'ok', reply, received });
}

/** @param {Device} device @param {readonly string[]} headers @returns {string | undefined} */
function receive(device, headers) {
  for (const header of headers) {
    const [pair = '', ...attributes] = header.split(';');
    const isOver = attributes.some((attribute) => /^\s*max-age=0*$/i.test(attribute));
    device.cookie = isOver ? undefined : pair;
    return device.cookie;
  }
  return undefined;
}

/**
 * The clients, two tabs for each browser and two browsers for each user. Each sends a request,
 * waits for its answer, and pauses; together about `rate` requests a second each.
 * @param {{ count: number, rate: number, random: Random, origins: readonly string[], events:
 * Event[], canList: boolean, isOver: () => boolean }} settings
 * @returns {{ devices: readonly Device[], done: Promise<void> }}
 */
export function startClients({ count, rate, random, origins, events, canList, isOver }) {
  /** @type {Device[]} */
  const devices = [];
  for (let number = 0; number < Math.ceil(count / TABS); number++)
    devices.push({
      user: `user${Math.floor(number / 2)}`,
      cookie: undefined,
      vouchers: [],
      notices: [],
    });
  let values = 0;

  /** @param {number} number */
  async function run(number) {
    const device = /** @type {Device} */ (devices[Math.floor(number / TABS)]);
    const name = `${device.user}/${Math.floor(number / TABS)}/${number % TABS}`;
    await sleep(random.next() * (1000 / rate));
    while (!isOver()) {
      const operation = draw(device);
      const event = await send({ origin: random.pick(origins), name, device, operation, events });
      forget(device, event);
      await sleep((1000 / rate) * (0.5 + random.next()));
    }
  }

  /** @param {Device} device @returns {Operation} */
  function draw(device) {
    const kind = drawKind();
    const value = `${kind.slice(0, 2)}${++values}`;
    switch (kind) {
      case 'issue':
        device.vouchers.push(value);
        return { kind, value };
      case 'flash':
        device.notices.push(value);
        return { kind, value };
      case 'take':
        if (device.vouchers.length === 0) return { kind: 'show' };
        return { kind, value: random.pick(device.vouchers) };
      case 'notices':
        return { kind, asked: [...device.notices] };
      case 'login':
      case 'destroyUser':
        return { kind, value: device.user };
      case 'push':
      case 'set':
        return { kind, value };
      default:
        return { kind };
    }
  }

  function drawKind() {
    const usable = WEIGHTS.filter(([kind]) => canList || kind !== 'destroyUser');
    let left = random.next() * usable.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [kind, weight] of usable) {
      left -= weight;
      if (left < 0) return kind;
    }
    return 'show';
  }

  const all = Array.from({ length: count }, (_, number) => run(number));
  return { devices, done: Promise.all(all).then(() => undefined) };
}

/** What was asked for often is not asked for for ever. @param {Device} device @param {Event} event */
function forget(device, { reply }) {
  if (device.vouchers.length > 20) device.vouchers.shift();
  if (device.notices.length > 20 && reply?.notices !== undefined) device.notices.splice(0, 10);
}
