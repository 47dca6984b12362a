import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as express from '@nestjs/platform-express';
import * as fastify from '@nestjs/platform-fastify';
import * as testing from '@nestjs/testing';
import * as nest11 from 'nest11';
import { onTestFinished } from 'vitest';
import { SessionModule } from '../../src/adapters/nestjs.js';
import { createSessions, type Sessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createClient } from '../../src/testing/client.js';

const nest12 = { common, core, express, fastify, testing };

/** Nest, and how an application of it is started on one platform. */
export interface Nest {
  readonly common: typeof common;
  readonly core: typeof core;
  readonly platform: 'Express' | 'Fastify';
  readonly serve: (parts: Parts, prepare?: Prepare) => Promise<Served>;
}

/** What is used of the responses of both platforms. */
export interface Reply {
  status(code: number): Reply;
  header(name: string, value: unknown): Reply;
  getHeader(name: string): unknown;
  send(body: unknown): void;
}

/** What a module of an application is made of. */
export interface Parts {
  imports?: object[];
  controllers?: common.Type[];
  providers?: object[];
}

export interface Shop {
  views: number;
}

type Prepare = (app: common.INestApplication) => void;

interface Served {
  app: common.INestApplication;
  origin: string;
  stop(): Promise<void>;
}

const versions = { 'Nest 12': nest12, 'Nest 11': nest11 as unknown as typeof nest12 };

/** Each version of Nest on each platform. */
export const nests: readonly (readonly [name: string, nest: Nest])[] = Object.entries(
  versions,
).flatMap(([version, nest]) =>
  (['Express', 'Fastify'] as const).map(
    (platform) =>
      [`${version} on ${platform}`, { ...nest, platform, serve: serveBy(nest, platform) }] as const,
  ),
);

/** Starts applications as the tests of Nest do. */
function serveBy(
  { express: { ExpressAdapter }, fastify: { FastifyAdapter }, testing: { Test } }: typeof nest12,
  platform: Nest['platform'],
): Nest['serve'] {
  return async (parts, prepare) => {
    const module = await Test.createTestingModule(parts as common.ModuleMetadata).compile();
    const adapter =
      platform === 'Express'
        ? new ExpressAdapter()
        : new FastifyAdapter({ forceCloseConnections: true });
    const app = module.createNestApplication<common.INestApplication>(adapter, {
      logger: false,
      forceCloseConnections: true,
    });
    prepare?.(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address();
    return { app, origin: `http://127.0.0.1:${port}`, stop: () => app.close() };
  };
}

export function shop() {
  const store = memoryStore();
  return { store, sessions: createSessions<Shop>({ store }) };
}

/** An application with these sessions for the present test, and a browser of it. */
export async function visitor(
  { serve }: Nest,
  sessions: Sessions<Shop>,
  { imports = [], ...parts }: Parts,
  prepare?: Prepare,
) {
  const withSessions = { imports: [SessionModule.forRoot({ sessions }), ...imports], ...parts };
  const server = await serve(withSessions, prepare);
  onTestFinished(server.stop);
  return { client: createClient(server), ...server };
}
