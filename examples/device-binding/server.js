import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addAnswer, createSessions } from 'sojourn';
import { createDeviceBinding } from 'sojourn/dbsc';
import { sessionListener } from 'sojourn/node';
import { memoryStore } from 'sojourn/stores/memory';

const sessions = createSessions({ store: memoryStore() });
const binding = createDeviceBinding(sessions, {
  secret: process.env.SESSION_SECRET ?? randomBytes(32).toString('base64url'),
  lifetime: '3m',
});
sessions.on('rejected', ({ reason }) => console.log(`A request was rejected: ${reason}`));

const listener = sessionListener(sessions, async (request, response, session) => {
  const answer = await binding.answer(request, session);
  if (answer !== undefined) {
    console.log(`${request.method} ${request.url}: ${answer.status}`);
    response.statusCode = answer.status;
    addAnswer(response, answer);
    response.end(answer.body);
    return;
  }
  if (request.method === 'POST' && request.url === '/login') {
    await session.login('ada');
    addAnswer(response, binding.offer(session));
    response.writeHead(303, { Location: '/' }).end();
    return;
  }
  if (request.method === 'POST' && request.url === '/logout') {
    addAnswer(response, await binding.logout(session));
    response.writeHead(303, { Location: '/' }).end();
    return;
  }
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(page(session, request.headers.cookie));
});

function page(session, cookies) {
  if (session.userId === undefined)
    return '<!doctype html><form method="post" action="/login"><button>Log in</button></form>';
  const state = binding.isBound(session)
    ? 'bound to this device'
    : 'not bound; load the page again';
  return `<!doctype html>
    <p id="state">${session.userId}: ${state}</p>
    <p>Whoever copies these cookies is ${session.userId}, for three minutes at most:
    <pre>curl --insecure --header 'Cookie: ${cookies}' https://localhost:${server.address().port}/</pre>
    <form method="post" action="/logout"><button>Log out</button></form>`;
}

/** A certificate for this run, which the browser is told to accept. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'device-binding-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...kind, ...name, ...files], { stdio: 'pipe' });
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return made;
}

const tls = certificate();
const publicKey = new X509Certificate(tls.cert).publicKey.export({ type: 'spki', format: 'der' });
const fingerprint = createHash('sha256').update(publicKey).digest('base64');

const server = createServer(tls, listener);
server.listen(Number(process.env.PORT ?? 4443), 'localhost', () => {
  console.log(`Listening on https://localhost:${server.address().port}. Open it in:
chromium --user-data-dir=/tmp/device-binding \\
  --enable-features=DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting \\
  --ignore-certificate-errors-spki-list=${fingerprint}`);
});
