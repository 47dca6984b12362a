/** @import { RequestListener } from 'node:http' */
/** @import { Sessions } from '../../dist/index.js' */
/** @import { Verbs } from '../systems/verbs.js' */

/**
 * What an application does with the session of each request. The result is the body of the answer.
 * @typedef {(url: string, session: any) => Promise<string>} Answer
 */

/** @typedef {(request: Request) => Promise<Response> | Response} Fetch */

/**
 * An application of a framework, as the framework's manual sets it up.
 * @typedef {(answer: Answer) => Promise<{ listener: RequestListener } | { fetch: Fetch }>}
 * Application
 */

/** @typedef {{ verbs: Verbs, application: Application }} Peer */

/**
 * What the file of a framework exports by default.
 * @typedef {object} Framework
 * @property {Application} bare without sessions
 * @property {(sessions: Sessions) => Application} sojourn
 * @property {Readonly<Record<string, Peer>>} peers the session libraries that its users know
 */

/**
 * The frameworks that have an adapter, each with the session libraries that it is measured beside,
 * the one of the target first. Next and Restify are last: they change prototypes and globals of
 * Node for all that is measured in their process later.
 * @type {Readonly<Record<string, { peers: readonly string[], oldestNode?: number }>>}
 */
export const FRAMEWORKS = {
  fastify: { peers: ['@fastify/session'] },
  koa: { peers: ['koa-session'] },
  hono: { peers: ['hono-sessions'] },
  h3: { peers: ['h3 useSession'] },
  hapi: { peers: ['@hapi/yar'] },
  elysia: { peers: ['signed cookie of Elysia'] },
  polka: { peers: ['express-session'] },
  nestjs: { peers: ['express-session'] },
  'react-router': { peers: ['createMemorySessionStorage', 'createCookieSessionStorage'] },
  sveltekit: { peers: ['svelte-kit-sessions'], oldestNode: 22 },
  astro: { peers: ['Astro.session'], oldestNode: 22 },
  nitro: { peers: ['h3 useSession'] },
  next: { peers: ['iron-session'] },
  restify: { peers: ['express-session'] },
};

/** @param {string} name @returns {Promise<Framework>} */
export async function loadFramework(name) {
  const { default: framework } = await import(`./${name}.js`);
  return framework;
}

/** Why a framework cannot run here; `undefined` when it can. @param {string} name */
export function absenceOf(name) {
  const { oldestNode = 0 } = FRAMEWORKS[name] ?? {};
  const isOld = Number.parseInt(process.versions.node, 10) < oldestNode;
  return isOld ? `${name} needs Node ${oldestNode}` : undefined;
}
