import { cookieOf, inProcess } from './in-process.js';
import { ACTIONS } from './listener.js';

/** For each action, in milliseconds. */
const WARM_UP = 1000;

/**
 * Calls a listener again and again, until V8 has compiled what is measured: that takes some ten
 * thousand requests, more than the samples over sockets send.
 * @param {import('node:http').RequestListener} listener
 */
export async function warmUp(listener) {
  const request = inProcess(listener);
  const { cookies } = await request('/start', undefined);
  const cookie = cookieOf(cookies());
  for (const { action, remember } of ACTIONS) {
    const end = performance.now() + WARM_UP;
    while (performance.now() < end) await request(`/${action}`, remember ? cookie : undefined);
  }
}
