import type { NodeHeaderMethods } from '../answers/answer.js';

/** The parts of a Fastify reply that the plugin uses. */
export interface FastifyReply {
  readonly statusCode: number;
  getHeader(name: string): number | string | string[] | undefined;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  header(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
}

/** The headers of a reply, as those of a Node response. */
export function headersOfReply(reply: FastifyReply): NodeHeaderMethods {
  return {
    getHeader: (name) => reply.getHeader(name),
    setHeader(name, value) {
      // Fastify adds new cookies to the present ones.
      reply.removeHeader(name);
      reply.header(name, value);
    },
    removeHeader: (name) => reply.removeHeader(name),
    getHeaders: () => reply.getHeaders(),
  };
}

/** Stops a stream that nobody will read. */
export function letGo(payload: unknown): void {
  const { destroy, cancel } = Object(payload) as { destroy?: () => void; cancel?: () => void };
  if (typeof destroy === 'function') destroy.call(payload);
  else if (typeof cancel === 'function') cancel.call(payload);
}
