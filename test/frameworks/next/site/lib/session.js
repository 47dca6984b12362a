import { cookies, headers } from 'next/headers';
import { nextSessions } from 'sojourn/next';
import { context } from './context.js';

// Every test has sessions of its own; an app calls nextSessions once.
const made = new WeakMap();

function ofRequest() {
  const { sessions } = context();
  if (!made.has(sessions)) made.set(sessions, nextSessions(sessions, { cookies, headers }));
  return made.get(sessions);
}

export const getSession = () => ofRequest().getSession();

export const withSession =
  (handler) =>
  (...parameters) =>
    ofRequest().withSession(handler)(...parameters);
