import { cookies, headers } from 'next/headers';
import { nextSessions } from 'sojourn/next';
import { sessions } from './sessions';

export const { getSession, withSession } = nextSessions(sessions, { cookies, headers });
