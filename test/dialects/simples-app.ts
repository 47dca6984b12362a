import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import simples from 'simples';
import { onTestFinished } from 'vitest';
import { type Client, createClient } from '../../src/testing/client.js';
import { type Gate, gate } from './gate.js';

export type Server = ReturnType<typeof simples>;
export type WebSocketListener = (connection: SocketConnection) => void;

interface MapSession extends Map<string, unknown> {
  readonly id: string;
  changed: boolean;
  load(): Promise<unknown>;
  save(): Promise<unknown>;
  update(): Promise<unknown>;
  generate(): Promise<unknown>;
  destroy(): Promise<unknown>;
  toJSON(): object;
}

interface HttpConnection {
  readonly session: MapSession;
  readonly params: Record<string, string>;
  end(text: string): void;
}

interface SocketConnection {
  readonly session: MapSession;
  on(event: 'message', listener: (message: { data: string }) => void): void;
  send(text: string): void;
}

/**
 * How a server gets its sessions: what is called before its routes are made, and what becomes of a
 * listener of WebSocket connections.
 */
export interface SessionSetup {
  configure(server: Server): void;
  socket?(listener: WebSocketListener): WebSocketListener;
}

/** A real simpleS server with a route for each verb of its sessions. */
export async function startSimples(
  { configure, socket = (listener) => listener }: SessionSetup,
  { slow = gate() }: { slow?: Gate } = {},
): Promise<{ client: Client; errors: Error[] }> {
  const server = simples({ port: 0, hostname: '127.0.0.1' });
  const { instance } = (server as unknown as { _meta: { instance: HttpServer } })._meta;
  const errors: Error[] = [];
  server.on('error', (error: Error) => errors.push(error));
  configure(server);
  const on = (
    path: string,
    handle: (session: MapSession, params: Record<string, string>) => unknown,
  ): void => {
    server.get(path, (async (connection: HttpConnection) => {
      try {
        connection.end(
          JSON.stringify((await handle(connection.session, connection.params)) ?? null),
        );
      } catch (error) {
        connection.end(String(error));
      }
    }) as never);
  };
  on('/all', (session) => session);
  on('/id', (session) => session.id);
  on('/get/:key', (session, { key = '' }) => session.get(key));
  on(
    '/set/:key/:value',
    (session, { key = '', value = '' }) =>
      void session.set(key, JSON.parse(decodeURIComponent(value))),
  );
  on(
    '/push/:key/:value',
    (session, { key = '', value = '' }) => void (session.get(key) as unknown[]).push(value),
  );
  on('/delete/:key', (session, { key = '' }) => session.delete(key));
  on('/clear', (session) => session.clear());
  on('/destroy', (session) => session.destroy());
  on('/destroy-changed', async (session) => {
    session.set('page', 'goodbye');
    await session.destroy();
  });
  on('/generate', async (session) => {
    await session.generate();
    session.set('generated', true);
  });
  on('/slow/:key', async (session, { key = '' }) => {
    slow.reach();
    await slow.isOpen;
    session.set(key, 'slow');
  });
  const listener: WebSocketListener = (connection) => {
    connection.on('message', async ({ data }) => {
      const [verb, key = '', value = ''] = String(data).split(' ');
      if (verb === 'set') connection.session.set(key, value);
      if (verb === 'save') await connection.session.save();
      connection.send(JSON.stringify(connection.session));
    });
  };
  server.ws('/socket', socket(listener) as never);
  await once(server, 'start');
  onTestFinished(async () => {
    instance.closeAllConnections();
    server.stop();
    await once(server, 'stop');
  });
  return {
    client: createClient({
      origin: `http://127.0.0.1:${(instance.address() as AddressInfo).port}`,
    }),
    errors,
  };
}

/** Keeps what simpleS gives it as JSON, as a store in Redis would. */
export function textStore(texts = new Map<string, string>()): {
  get(id: string): Promise<object | null>;
  set(id: string, session: object): Promise<void>;
  remove(id: string): Promise<void>;
  update(id: string): Promise<void>;
} {
  return {
    get: async (id) => JSON.parse(texts.get(id) ?? 'null'),
    set: async (id, session) => void texts.set(id, JSON.stringify(session)),
    remove: async (id) => void texts.delete(id),
    update: async () => undefined,
  };
}
