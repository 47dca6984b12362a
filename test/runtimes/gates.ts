import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createArrivals } from '../../bench/races/arrivals.js';

/** The gates of races, for a Worker: a request to a path is answered when its gate is open. */
export async function startGates() {
  const arrivals = createArrivals();
  const opened = new Set<string>();
  const waiting = new Map<string, ServerResponse[]>();
  const server = createServer((request, response) => {
    const gate = (request.url ?? '').slice(1);
    arrivals.add(gate);
    if (opened.has(gate)) response.end();
    else waiting.set(gate, [...(waiting.get(gate) ?? []), response]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived: arrivals.reached,
    open(gate: string) {
      opened.add(gate);
      for (const response of waiting.get(gate) ?? []) response.end();
      waiting.delete(gate);
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
