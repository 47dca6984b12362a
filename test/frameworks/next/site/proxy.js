import { NextResponse } from 'next/server';
import { sessionProxy } from 'sojourn/next';
import { context } from './lib/context.js';

export function proxy(request) {
  const { sessions, handle, toResponse } = context();
  const run = sessionProxy(sessions, { NextResponse }, async (request, session) => {
    const { pathname } = request.nextUrl;
    if (pathname.startsWith('/front')) {
      const path = pathname.replace('/front', '') || '/';
      const response = toResponse(await handle({ method: request.method, path }, session));
      const location = response.headers.get('location');
      // Next asks for a whole URL here.
      if (location) response.headers.set('location', new URL(location, request.url));
      return response;
    }
    return answers[pathname.replace('/proxied', '')]?.(request, session);
  });
  return run(request);
}

const rewritten = (path) => (request, session) => {
  session.increment('views');
  return NextResponse.rewrite(new URL(path, request.url));
};

const answers = {
  '/count': rewritten('/proxied'),
  '/counter': rewritten('/counter'),
  '/old': rewritten('/old'),
  '/agent': (request, session) => {
    session.increment('views');
    const headers = new Headers(request.headers);
    headers.set('x-agent', 'known');
    return NextResponse.rewrite(new URL('/proxied', request.url), { request: { headers } });
  },
  '/login': async (request, session) => {
    await session.login('ada');
    return NextResponse.redirect(new URL('/counter', request.url));
  },
  '/error': (_request, session) => {
    session.increment('views');
    throw new Error('thrown by the proxy');
  },
};

export const config = { matcher: ['/proxied/:path*', '/front/:path*'] };
