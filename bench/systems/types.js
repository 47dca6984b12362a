/** @import { RequestListener } from 'node:http' */
/** @import { Verbs } from './verbs.js' */

/**
 * A system as a server uses it: middleware that puts the session on `request.session`.
 * @typedef {object} ConnectParts
 * @property {(request: any, response: any, next: (error?: unknown) => void) => unknown} middleware
 * @property {(handle: (request: any, response: any, session: any) => unknown) => RequestListener}
 * [listener] for node:http, where it is not `middleware`
 * @property {(() => number) | undefined} [storeCommands] how many there were so far
 */
/** @typedef {Verbs & ConnectParts} ConnectSystem */

/**
 * A system without sockets: `serve` opens the session, lets `act` have it, commits it and ends the
 * response.
 * @typedef {object} DirectParts
 * @property {(request: any, response: any, act: (session: any) => unknown) => Promise<unknown>}
 * serve
 */
/** @typedef {Verbs & DirectParts} DirectSystem */

/**
 * A system as a fetch handler uses it: `handler` makes one whose requests all do `act`, and are
 * answered with `ok`.
 * @typedef {object} FetchParts
 * @property {(act: (session: any) => unknown) => (request: Request) => Promise<Response>} handler
 */
/** @typedef {Verbs & FetchParts} FetchSystem */

export {};
