import { type NextRequest, NextResponse } from 'next/server';
import { sessionProxy } from 'sojourn/next';
import { sessions } from './lib/sessions';

export const proxy = sessionProxy(sessions, { NextResponse }, (request: NextRequest, session) => {
  if (session.userId === undefined && request.nextUrl.pathname.startsWith('/account'))
    return NextResponse.redirect(new URL('/', request.url));
});

export const config = {
  matcher: [
    {
      source: '/((?!_next/|favicon.ico).*)',
      // What a browser fetches in advance is no visit.
      missing: [{ type: 'header', key: 'next-router-prefetch' }],
    },
  ],
};
