'use server';

import { redirect } from 'next/navigation';
import { getSession, withSession } from '../lib/session';

export const login = withSession(async (form: FormData) => {
  const session = await getSession();
  // Check the password here.
  await session.login(String(form.get('name')));
  session.increment('views');
  redirect('/');
});

export const logout = withSession(async () => {
  const session = await getSession();
  await session.logout();
  redirect('/');
});
