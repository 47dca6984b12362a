import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { answer, listen } from './app.js';

const PASSWORD = 'a password for the probes only';

/**
 * Users who log in with a password. It keeps no data of an application. @type
 * {import('./app.js').Start}
 */
export async function start(deadlines) {
  /** @type {Record<string, any[]>} */
  const kept = { user: [], session: [], account: [], verification: [] };
  const auth = betterAuth({
    baseURL: 'https://shop.example',
    secret: 'a secret for the probes only, which is long enough 7f3a',
    database: memoryAdapter(kept),
    emailAndPassword: { enabled: true, autoSignIn: false },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    // In seconds. It has no limit for the whole life of a session.
    ...(deadlines && { session: { expiresIn: Math.ceil(deadlines.idle / 1000), updateAge: 0 } }),
  });

  return {
    ...(await listen(async (request, response) => {
      const headers = new Headers();
      for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
      /** @param {string} path @param {object} [body] */
      async function call(path, body = {}) {
        headers.delete('content-length');
        headers.set('content-type', 'application/json');
        const reply = await auth.handler(
          new Request(`https://shop.example/api/auth${path}`, {
            method: 'POST',
            headers,
            body: JSON.stringify(body),
          }),
        );
        for (const line of reply.headers.getSetCookie()) response.appendHeader('Set-Cookie', line);
        if (!reply.ok) throw Object.assign(new Error(await reply.text()), { status: reply.status });
      }
      const current = () => auth.api.getSession({ headers });
      try {
        const { status, body } = await answer(request.url ?? '', {
          async user() {
            const asked = await auth.api.getSession({ headers, returnHeaders: true });
            for (const line of asked.headers?.getSetCookie() ?? [])
              response.appendHeader('Set-Cookie', line);
            return asked.response?.user.name;
          },
          async login(user) {
            const email = `${user}@shop.example`;
            const isKnown = kept.user?.some((known) => known.email === email);
            if (!isKnown)
              await auth.api.signUpEmail({ body: { email, password: PASSWORD, name: user } });
            await call('/sign-in/email', { email, password: PASSWORD });
          },
          logout: () => call('/sign-out'),
          endUser: () => call('/revoke-sessions'),
          devices: async () =>
            (await current()) ? (await auth.api.listSessions({ headers })).length : 0,
        });
        response.statusCode = status;
        response.end(JSON.stringify(body));
      } catch (error) {
        response.statusCode = /** @type {any} */ (error).status ?? 500;
        response.end(String(error));
      }
    })),
    kept: async () => JSON.stringify(kept),
  };
}
