import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { findServer, startServer, urlVariable } from '../scripts/servers/index.js';
import type { Server, ServerAddress, ServerName } from '../scripts/servers/types.js';

declare module 'vitest' {
  export interface ProvidedContext {
    serversPort: number;
  }
}

/**
 * The run's shared servers: a test file asks for one over HTTP (test/servers.ts), the first to ask
 * starts it, the run's end stops it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const answers = new Map<ServerName, Promise<object>>();
  const started: Server[] = [];

  async function answer(name: ServerName): Promise<object> {
    const url = process.env[urlVariable(name) ?? ''];
    if (url) return { available: true, ...addressOf(name, url) };
    const found = await findServer(name);
    if (!found.available) return found;
    const server = await startServer(name);
    started.push(server);
    return { available: true, ...server };
  }

  const desk = createServer((request, response) => {
    const name = request.url!.slice(1) as ServerName;
    if (!answers.has(name)) answers.set(name, answer(name));
    answers.get(name)!.then(
      (found) => response.end(JSON.stringify(found)),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  desk.listen(0, '127.0.0.1');
  await once(desk, 'listening');
  project.provide('serversPort', (desk.address() as AddressInfo).port);

  return async () => {
    desk.close();
    await Promise.allSettled(answers.values());
    await Promise.all(started.map((server) => server.stop()));
  };
}

function addressOf(name: ServerName, url: string): ServerAddress {
  const [, host, port] = /^[a-z]+:\/\/(?:[^@/]*@)?([^:/,]+|\[[^\]]+\]):(\d+)/.exec(url) ?? [];
  if (!host || !port) throw new Error(`${urlVariable(name)} names no host and port: ${url}`);
  return { name, version: 'unknown', url, host, port: Number(port) };
}
