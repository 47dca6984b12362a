'use server';

import { cookies } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { getSession, withSession } from '../../lib/session.js';

export const count = withSession(async () => {
  const session = await getSession();
  session.increment('views');
});

export const login = withSession(async () => {
  const session = await getSession();
  await session.login('ada');
  redirect('/counter');
});

export const logout = withSession(async () => {
  const session = await getSession();
  await session.logout();
  redirect('/counter');
});

export const leave = withSession(async () => {
  const session = await getSession();
  session.increment('views');
  notFound();
});

export const fail = withSession(async () => {
  const session = await getSession();
  session.increment('views');
  throw new Error('thrown by an action');
});

/** Wrapped actions that another one calls, one after the other and at once. */
export const nested = withSession(async () => {
  await count();
  await Promise.all([count(), count()]);
});

/** The same in an action that is not wrapped itself. */
export async function several() {
  await count();
  await Promise.all([count(), count()]);
  const session = await getSession();
  (await cookies()).set('seen', String(session.get('views')));
}

export async function unwrapped() {
  const session = await getSession();
  session.increment('views');
}
