import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

interface Kept {
  /** The request headers that the response said it depends on. */
  readonly vary: readonly string[];
  readonly asked: IncomingHttpHeaders;
  readonly status: number;
  readonly headers: readonly [string, string][];
  readonly body: Buffer;
}

/**
 * A shared cache in front of a server: it keeps whatever RFC 9111 does not forbid (section 3), for
 * ever, Set-Cookie included, and tells by `X-Cache` whether it answered by itself.
 */
export function cachingProxy(origin: string): Server {
  const kept = new Map<string, Kept[]>();

  return createServer(async ({ url = '/', method = 'GET', headers }, response) => {
    const key = `${method} ${url}`;
    let answer = kept
      .get(key)
      ?.find(({ vary, asked }) => vary.every((name) => asked[name] === headers[name]));
    response.setHeader('X-Cache', answer === undefined ? 'miss' : 'hit');
    if (answer === undefined) {
      answer = await forward(new URL(url, origin), method, headers);
      if (isStorable(method, answer)) kept.set(key, [...(kept.get(key) ?? []), answer]);
    }
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) response.appendHeader(name, value);
    response.end(answer.body);
  });
}

async function forward(url: URL, method: string, asked: IncomingHttpHeaders): Promise<Kept> {
  const { cookie, ...others } = asked;
  const sent = {
    ...(cookie === undefined ? {} : { cookie }),
    'accept-language': String(others['accept-language'] ?? ''),
  };
  const response = await fetch(url, { method, headers: sent, redirect: 'manual' });
  const body = Buffer.from(await response.arrayBuffer());
  const headers = [...response.headers].filter(
    ([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name),
  );
  return {
    vary: listed(response.headers.get('vary')),
    asked,
    status: response.status,
    headers,
    body,
  };
}

function isStorable(method: string, { status, headers, vary }: Kept): boolean {
  const rules = listed(
    new Headers(headers.map(([name, value]) => [name, value])).get('cache-control'),
  );
  return (
    method === 'GET' &&
    status === 200 &&
    !vary.includes('*') &&
    !rules.includes('no-store') &&
    !rules.includes('private')
  );
}

function listed(header: string | null): string[] {
  return (header ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
}
