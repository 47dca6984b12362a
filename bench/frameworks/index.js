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

/**
 * What the file of a framework exports by default.
 * @typedef {object} Framework
 * @property {Application} bare without sessions
 * @property {(sessions: Sessions) => Application} sojourn
 * @property {Readonly<Record<string, { verbs: Verbs, application: Application }>>} peers the session
 * libraries that the framework's users know
 * @property {() => string | undefined} [absence] why it cannot run here
 */

/**
 * The frameworks that have an adapter, each with the session libraries that it is measured beside;
 * the first of them is the one of the target. Next and Restify are last: they change prototypes
 * and globals of Node for all that is measured in their process later.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const FRAMEWORKS = {
  fastify: ['@fastify/session'],
  koa: ['koa-session'],
  hono: ['hono-sessions'],
  h3: ['h3 useSession'],
  hapi: ['@hapi/yar'],
  elysia: ['signed cookie of Elysia'],
  polka: ['express-session'],
  nestjs: ['express-session'],
  'react-router': ['createMemorySessionStorage', 'createCookieSessionStorage'],
  sveltekit: ['svelte-kit-sessions'],
  astro: ['Astro.session'],
  nitro: ['h3 useSession'],
  next: ['iron-session'],
  restify: ['express-session'],
};

/** @param {string} name @returns {Promise<Framework>} */
export async function loadFramework(name) {
  const { default: framework } = await import(`./${name}.js`);
  return framework;
}

/** @param {string} framework @param {number} oldest the first major version of Node that runs it */
export function needsNode(framework, oldest) {
  return Number.parseInt(process.versions.node, 10) < oldest
    ? `${framework} needs Node ${oldest}`
    : undefined;
}
