/** @import { Server, ServerGroup } from './types.js' */

/**
 * Several servers as one: with the address of the first, and verbs that act on all.
 * @param {readonly Server[]} nodes Those that clients get to see.
 * @param {readonly Server[]} others Those that only belong to it.
 * @returns {ServerGroup}
 */
export function serverGroup(nodes, others = []) {
  const all = [...nodes, ...others];
  const [first] = all;
  if (!first) throw new Error('A group has servers.');
  /** @param {'stop' | 'kill' | 'restart' | 'pause' | 'resume'} verb */
  const each = (verb) => async () => {
    await Promise.all(all.map((server) => server[verb]()));
  };
  return {
    name: first.name,
    version: first.version,
    url: first.url,
    host: first.host,
    port: first.port,
    folder: first.folder,
    nodes,
    get pids() {
      return all.flatMap((server) => server.pids);
    },
    stop: each('stop'),
    kill: each('kill'),
    restart: each('restart'),
    pause: each('pause'),
    resume: each('resume'),
  };
}
