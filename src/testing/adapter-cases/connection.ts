import assert from 'node:assert/strict';
import type { SessionOptions } from '../../core/options.js';
import { type CaseDefinition, type Route, type Subject, textOf } from './case.js';

const LOOPBACK = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];
const FORGED = '203.0.113.7';

const NOTE: Route = (session) => {
  session.set('note', 'kept');
  return {};
};

/** What the adapter tells of the connection, and what it leaves to `trustProxy`. */
export const CONNECTION_CASES: readonly CaseDefinition[] = [
  {
    id: 'connection/secure',
    title:
      'the connection is secure when this server has TLS, whatever X-Forwarded-Proto says without trustProxy',
    run: async ({ serve }) => {
      for (const trustProxy of [false, true]) {
        const options: Partial<SessionOptions> = { cookie: { secure: 'auto' }, trustProxy };
        const client = await serve({ '/': NOTE }, options);
        const isSecure = client.origin.startsWith('https:');
        for (const [proto, expected] of [
          [undefined, isSecure],
          ['http', isSecure],
          ['https', isSecure || trustProxy],
        ] as const) {
          const headers = proto === undefined ? {} : { 'X-Forwarded-Proto': proto };
          client.cookies.clear();
          const response = await client.get('/', { headers });
          await textOf(response);
          const [cookie = 'none', ...more] = response.headers.getSetCookie();
          assert.deepEqual(more, []);
          assert.equal(/; *secure\b/i.test(cookie), expected, `${cookie} (${proto})`);
        }
      }
    },
  },
  {
    id: 'connection/address',
    title: 'the address is that of the peer',
    run: async (subject) => {
      const address = await addressSeen(subject, {}, {});
      assert.ok(LOOPBACK.includes(address ?? ''), `${address} is not where the request came from`);
    },
  },
  {
    id: 'connection/forwarded',
    title:
      'the address is that of X-Forwarded-For with trustProxy, in each form that proxies write, and not without',
    run: async (subject) => {
      const headers = { 'X-Forwarded-For': FORGED, Forwarded: `for=${FORGED}` };
      assert.notEqual(await addressSeen(subject, headers, {}), FORGED);
      for (const [sent, seen] of [
        [FORGED, FORGED],
        [`192.0.2.1, ${FORGED}`, FORGED],
        [`${FORGED}:51234`, FORGED],
        ['[2001:db8::1]:443', '2001:db8::1'],
        ['2001:db8::1', '2001:db8::1'],
      ] as const)
        assert.equal(
          await addressSeen(subject, { 'X-Forwarded-For': sent }, { trustProxy: true }),
          seen,
        );
    },
  },
];

/** The address that is kept with a session which a request with these headers began. */
async function addressSeen(
  { serve, sessions }: Subject,
  headers: Record<string, string>,
  options: Partial<SessionOptions>,
): Promise<string | undefined> {
  const client = await serve(
    {
      '/login': async (session) => {
        await session.login('alice');
        return { body: session.id };
      },
    },
    { clientFacts: true, ...options },
  );
  const id = await textOf(await client.post('/login', { headers }));
  return (await sessions().read(id))?.ipAddress;
}
