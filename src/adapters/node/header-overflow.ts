import { maxHeaderSize, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** An error of `clientError`: of the parser, of the connection, or of TLS. */
interface ClientError extends Error {
  readonly code?: string;
  /** The bytes that the parser had when it gave up: not always from the request's beginning. */
  readonly rawPacket?: Buffer;
}

const TEXT =
  'Your browser sent more cookies than this server reads, and was told to remove them. Load the page again.\n';
const WAY_OUT = [
  'HTTP/1.1 431 Request Header Fields Too Large',
  'Clear-Site-Data: "cookies"',
  'Cache-Control: no-store',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${TEXT.length}`,
  'Connection: close',
  '',
  TEXT,
].join('\r\n');
const REQUEST_LINE = /^[A-Z-]+ \S+ HTTP\/1\.\d$/;
const STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Helps a visitor who has too many cookies. A page of a sibling host can plant so many cookies that
 * Node refuses every request with 431, as long as the cookies live (`maxHeaderSize`, 16 KiB). After
 * this call, the 431 response tells the browser to delete the cookies of the site
 * (`Clear-Site-Data`, which browsers obey over https), and the next request gets through.
 *
 * A page of another site can make a request too large by a long URL, and must not log anybody out
 * in this way. So the response deletes cookies only when the headers alone are too large. Node must
 * have received them in one piece: this works behind a proxy that ends TLS, but not with TLS in
 * Node itself, whose pieces are too small. Other client errors are answered as in Node, or by your
 * own listener for `clientError`. For HTTP/1 only.
 */
export function clearTooManyCookies(server: Server & { readonly maxHeaderSize?: number }): void {
  server.prependListener('clientError', (error: ClientError, socket: Duplex) => {
    const limit = server.maxHeaderSize ?? maxHeaderSize;
    const isWayOut =
      error.code === 'HPE_HEADER_OVERFLOW' && hasTooManyCookies(error.rawPacket, limit);
    if (!isWayOut && server.listenerCount('clientError') > 1) return;
    if (socket.writable && !hasAnswered(socket)) {
      const status = STATUS[error.code ?? ''] ?? '400 Bad Request';
      socket.write(isWayOut ? WAY_OUT : `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroy(isWayOut ? undefined : error);
  });
}

/** Whether the headers of a request would be too large with the shortest URL, by their cookies. */
function hasTooManyCookies(packet: Buffer | undefined, limit: number): boolean {
  const [head = ''] = (packet?.toString('latin1') ?? '').split('\r\n\r\n', 1);
  const [requestLine = '', ...headers] = head.split('\r\n');
  if (!REQUEST_LINE.test(requestLine) || head.length - requestLine.length <= limit) return false;
  const cookies = headers.filter((header) => /^cookie:/i.test(header));
  return cookies.join().length > limit / 2;
}

/** As Node looks whether a response has begun on the connection. */
function hasAnswered(socket: Duplex & { _httpMessage?: { headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}
