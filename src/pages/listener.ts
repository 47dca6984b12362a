import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';

/** A request of `node:http`, also as Express hands it on. */
export interface PageRequest extends IncomingMessage {
  /** The URL that the client sent, where a mount has shortened `url`. */
  originalUrl?: string;
  /** What a parser in front has read. */
  body?: unknown;
}

/** Serves pages under `node:http`, and as middleware under Express and Connect. */
export type PageListener = (
  request: PageRequest,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

/** A listener of a fetch handler. */
export function listenerOf(fetch: (request: Request) => Promise<Response>): PageListener {
  return async (request, response, next) => {
    try {
      const asked = webRequest(request);
      if (asked === undefined) {
        response.writeHead(400, { 'Cache-Control': 'no-store' }).end();
        return;
      }
      await send(await fetch(asked), response);
    } catch (error) {
      if (next !== undefined && !response.headersSent) {
        next(error);
        return;
      }
      process.emitWarning(error instanceof Error ? error : String(error));
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'Cache-Control': 'no-store' }).end();
    }
  };
}

/** `undefined` for a request whose URL or host is none. */
function webRequest(request: PageRequest): Request | undefined {
  const { socket, method = 'GET', headers, originalUrl, url } = request;
  const scheme = 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
  const address = `${scheme}://${headers.host ?? ''}${originalUrl ?? url}`;
  if (!/^[\w.:[\]-]+$/.test(headers.host ?? '') || !URL.canParse(address)) return undefined;
  const sent = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of [value ?? []].flat()) if (!name.startsWith(':')) sent.append(name, one);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? bodyOf(request, sent) : undefined;
  try {
    return new Request(address, {
      method,
      headers: sent,
      ...(body !== undefined && { body, duplex: 'half' }),
    } as RequestInit);
  } catch {
    // A method such as TRACE.
    return undefined;
  }
}

/** The body as it comes, or again as text when a parser in front has read it. */
function bodyOf(
  request: PageRequest,
  headers: Headers,
): string | ReadableStream<Uint8Array> | undefined {
  // Some parsers leave an empty object where they read nothing.
  if (!request.readableEnded)
    return Readable.toWeb(request) as unknown as ReadableStream<Uint8Array>;
  const { body } = request;
  if (typeof body === 'string') return body;
  if (typeof body !== 'object' || body === null) return undefined;
  headers.set('content-type', 'application/json');
  return JSON.stringify(body);
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) {
    response.end();
    return;
  }
  try {
    await pipeline(Readable.fromWeb(answer.body as NodeStream), response);
  } catch (error) {
    // The client went away: the source was told to stop.
    if (!response.destroyed) throw error;
  }
}
