import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import type { Server, ServerName, Servers } from '../scripts/servers/types.js';

export type SharedServer<Name extends ServerName = ServerName> =
  | ({ readonly available: true } & WithoutVerbs<Servers[Name]>)
  | { readonly available: false; readonly reason: string };

/** What of a server fits into JSON. */
type WithoutVerbs<Value> = {
  readonly [Key in keyof Value as Value[Key] extends (...input: never) => unknown
    ? never
    : Key]: Value[Key] extends Server | readonly Server[] ? WithoutVerbs<Value[Key]> : Value[Key];
};

/**
 * The one instance of this run, started when first asked for. All test files use it: keep what you
 * store apart, and leave nothing behind. Ask at the top of a file, where no time limit applies: it
 * may be installed first.
 * @throws {Error} It cannot be had, and `CI` is set.
 */
export async function sharedServer<Name extends ServerName>(
  name: Name,
): Promise<SharedServer<Name>> {
  const request = get({ host: '127.0.0.1', port: inject('serversPort'), path: `/${name}` });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(answer);
  return JSON.parse(answer) as SharedServer<Name>;
}
