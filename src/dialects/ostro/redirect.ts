import { currentVisit, type Visit } from './visit.js';

type Values = Readonly<Record<string, unknown>>;

/** A redirect that is being built: first flash, then choose the target. */
export interface RedirectResponse {
  /** Flashes one key, or several values. */
  with(key: string, value: unknown): RedirectResponse;
  with(values: Values): RedirectResponse;
  /** Flashes the form's fields, or `input`, for `old`. */
  withInput(input?: Values): RedirectResponse;
  withErrors(errors: Values): RedirectResponse;
  /** Sends the browser to this address. */
  to(url: string, status?: number): void;
  /** Sends the browser to the page of this host that it came from, or to `fallback`. */
  back(fallback?: string, status?: number): void;
}

/**
 * Answers the current request with a redirect: `redirect().with('status', 'Saved').to('/profile')`.
 * The response leaves once the session is stored.
 * @throws `no-session` outside a request that `startSession` handles.
 */
export function redirect(): RedirectResponse {
  const { session, request, response } = currentVisit();

  const redirecting: RedirectResponse = {
    with(key: string | Values, value?: unknown) {
      if (typeof key === 'string') session.flash(key as never, value as never);
      else session.flash(key);
      return redirecting;
    },

    withInput(input = inputOf(request)) {
      session.flashInput(input);
      return redirecting;
    },

    withErrors(errors) {
      session.withErrors(errors);
      return redirecting;
    },

    to(url, status = 302) {
      response.redirect(status, url);
    },

    back(fallback = '/', status = 302) {
      response.redirect(status, pageBefore(request) ?? fallback);
    },
  };
  return redirecting;
}

function inputOf({ body }: Visit['request']): Values {
  return typeof body === 'object' && body !== null ? (body as Values) : {};
}

/** Path and query only, and no `//host`, which a browser would follow elsewhere. */
function pageBefore({ headers }: Visit['request']): string | undefined {
  const { referer = '', host } = headers;
  if (typeof referer !== 'string' || !URL.canParse(referer)) return undefined;
  const page = new URL(referer);
  if (!/^https?:$/.test(page.protocol) || page.host !== host || page.pathname.startsWith('//'))
    return undefined;
  return page.pathname + page.search;
}
