import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import { refuseUnknown } from '../core/known-options.js';
import { readCrossSiteOptions } from '../http/cross-site.js';
import { answer, pageAnswer, seeOther, textAnswer } from '../pages/answers.js';
import { fieldsOf } from '../pages/body.js';
import type { UserAgentParser } from '../pages/device-name.js';
import { isForeign } from '../pages/foreign.js';
import { listenerOf, type PageListener } from '../pages/listener.js';
import { PageError } from '../pages/page-error.js';
import { type DeviceSessions, type Devices, devicesOf, type OwnSession } from './devices.js';
import { STYLE } from './style.js';
import { type DeviceTexts, ENGLISH } from './texts.js';
import { devicesView } from './view.js';

/** Settings of {@link createDevicePage}. */
export interface DevicePageOptions {
  /** The path of the page: `'/account/devices'`. */
  basePath: string;
  /** Names devices: `import bowser from 'bowser'`. Default: the beginning of the user agent. */
  bowser?: UserAgentParser | undefined;
  /** Texts to say instead of the English ones; or what gives those for a request. */
  texts?: Partial<DeviceTexts> | ((request: Request) => Partial<DeviceTexts>) | undefined;
  /** Your own style sheet, by its URL on the same site. Default a plain one. */
  styleSheet?: string | undefined;
  /** Where somebody goes who logged the own device out. Default `'/'`. */
  afterLogout?: string | undefined;
  /** Other origins that may send the forms. Default none. */
  trustedOrigins?: readonly string[] | undefined;
}

/** What {@link createDevicePage} makes. */
export interface DevicePage {
  /** Answers a web request; the session is the present one unless it is given. */
  fetch(request: Request, session?: OwnSession): Promise<Response>;
  /** The same for `node:http` and for `app.use` of Express, behind the middleware of sessions. */
  listener: PageListener;
}

const KNOWN = ['basePath', 'bowser', 'texts', 'styleSheet', 'afterLogout', 'trustedOrigins'];
const BASE_PATH = /^(?:\/[\w.~-]+)+$/;

/**
 * A plain page with the devices of whoever is logged in, where one or all others can be logged out:
 * `app.use('/account/devices', createDevicePage(sessions, { basePath: '/account/devices' })
 * .listener)`. It needs no script.
 * @throws `invalid-option`.
 */
export function createDevicePage(
  sessions: DeviceSessions & { current(): OwnSession },
  options: DevicePageOptions,
): DevicePage {
  refuseUnknown(options, KNOWN);
  const { basePath, bowser, texts = {}, afterLogout = '/', trustedOrigins } = options;
  if (!BASE_PATH.test(basePath))
    throw new SessionError(
      'invalid-option',
      `basePath is ${inspect(basePath)}. Write the path of the page: '/account/devices'.`,
    );
  const rules = readCrossSiteOptions({ trustedOrigins });
  const { styleSheet = `${basePath}/devices.css` } = options;

  async function fetch(request: Request, given?: OwnSession): Promise<Response> {
    if (isForeign(request, rules))
      return textAnswer('This request was sent from another site.', 403);
    const { pathname } = new URL(request.url);
    const isOpen = request.method === 'GET' || request.method === 'HEAD';
    if (pathname === `${basePath}/devices.css` && isOpen)
      return answer(STYLE, 'text/css; charset=utf-8');
    if (pathname !== basePath && pathname !== `${basePath}/`)
      return textAnswer('There is no such page.', 404);
    const own: Partial<DeviceTexts> = typeof texts === 'function' ? texts(request) : texts;
    const words = { ...ENGLISH, ...own };
    const session: OwnSession = given ?? sessions.current();
    const devices = await devicesOf(sessions, session, { bowser, on: words.on });
    if (isOpen) {
      const status = session.userId === undefined ? 401 : 200;
      return pageAnswer(devicesView(devices, words, { basePath, styleSheet, status }), status);
    }
    if (request.method === 'POST') return end(request, session, devices);
    return textAnswer('Here the methods are: GET, POST.', 405);
  }

  async function end(request: Request, session: OwnSession, devices: Devices): Promise<Response> {
    try {
      const handle = (await fieldsOf(request)).get('handle');
      if (typeof handle !== 'string' || handle === '') await devices.endOthers();
      else {
        const isOwn = handle === session.handle;
        await devices.end(handle);
        if (isOwn) return seeOther(afterLogout);
      }
    } catch (error) {
      if (error instanceof PageError) return textAnswer(error.message, error.status);
      throw error;
    }
    return seeOther(basePath);
  }

  return { fetch, listener: listenerOf((request) => fetch(request)) };
}
