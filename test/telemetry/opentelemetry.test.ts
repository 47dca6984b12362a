import { context, createNoopMeter, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EVENT_NAMES } from '../../src/core/events.js';
import { createSessions, headerTransport, type Session } from '../../src/index.js';
import { newcomers } from '../../src/newcomers/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { instrumentSessions } from '../../src/telemetry/opentelemetry.js';
import { manualClock } from '../../src/testing/index.js';

const CROWD = '192.0.2.1';
const SECRET = 'a secret that must appear nowhere';
const DATA = 'data that must appear nowhere';

const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({
  exporter: exported,
  exportIntervalMillis: 1_000_000,
});
const spans = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
});

afterAll(async () => {
  await reader.shutdown();
  metrics.disable();
  trace.disable();
  context.disable();
});

/** The points of a metric after the last collection, by their attributes. */
async function pointsOf(name: string): Promise<Map<string, unknown>> {
  exported.reset();
  await reader.forceFlush();
  const all = exported
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === name);
  return new Map(
    all.flatMap(({ dataPoints }) =>
      (dataPoints as DataPoint<number | Histogram>[]).map(({ attributes, value }) => [
        Object.values(attributes).join(' '),
        value,
      ]),
    ),
  );
}

/** A day of a shop, request by request; what it did is counted by hand below. */
async function day() {
  const clock = manualClock();
  const store = memoryStore({ now: clock.now, warn: false });
  const sessions = createSessions<{ note: string; views: number }>({
    store,
    secret: SECRET,
    transport: headerTransport('x-session'),
    now: clock.now,
    newcomers: newcomers({ perAddress: { max: 1, per: '1h' } }),
  });
  const stop = instrumentSessions(
    sessions,
    { metrics, trace },
    { sessionId: true, countActive: true },
  );
  const tokens = new Set<string>();

  async function visit(
    token: string | undefined,
    handle: (session: Session<{ note: string; views: number }>) => unknown,
  ): Promise<string | undefined> {
    const session = await sessions.open(token === undefined ? {} : { 'x-session': token });
    await handle(session);
    const { headers } = await sessions.commit(session);
    const sent = headers.find(([name]) => name === 'x-session')?.[1] || undefined;
    if (sent !== undefined) tokens.add(sent);
    return sent ?? token;
  }
  return { clock, store, sessions, stop, visit, tokens };
}

test('the metrics of a scripted day are what the script did, number by number', async () => {
  const { clock, store, sessions, stop, visit } = await day();
  const visitors: (string | undefined)[] = [];
  for (let visitor = 0; visitor < 3; visitor++)
    visitors.push(await visit(undefined, (session) => session.set('note', DATA)));
  await visit(undefined, () => undefined);
  for (let visitor = 0; visitor < 2; visitor++)
    visitors[visitor] = await visit(visitors[visitor], (session) =>
      session.login(`user-${visitor}`),
    );
  const [ada, bob, guest] = visitors;
  await visit(bob, (session) => session.logout());
  await visit(`${guest}x`, () => undefined);
  clock.advance('10m');
  await visit(ada, (session) => session.get('views'));

  // A race: both have read the same version.
  const [one, other] = [
    await sessions.open({ 'x-session': ada ?? '' }),
    await sessions.open({ 'x-session': ada ?? '' }),
  ];
  one.increment('views');
  other.increment('views');
  await sessions.commit(one);
  await sessions.commit(other);

  const spent = await sessions.open({}, { remoteAddress: CROWD });
  await sessions.commit(spent.set('views', 1));
  const crowd = await sessions.open({}, { remoteAddress: CROWD });
  await expect(sessions.commit(crowd.set('views', 1))).rejects.toThrow('Too many');

  const { read } = store;
  store.read = () => Promise.reject(new Error('connection lost'));
  await expect(visit(ada, () => undefined)).rejects.toThrow('connection lost');
  store.read = read;

  const events = [...(await pointsOf('sojourn.session.events'))];
  expect(Object.fromEntries(events.filter(([, times]) => times !== 0))).toEqual({
    created: 4,
    'regenerated login': 2,
    'ended logout': 1,
    'rejected signature': 1,
    touched: 1,
    updated: 2,
    conflict: 1,
    // By the ten minutes that the script moved it.
    clockStepped: 1,
    'failed store-failed': 1,
    'throttled address': 1,
  });
  const commits = await pointsOf('sojourn.commit.duration');
  const counts = [...commits].map(([name, value]) => [name, (value as Histogram).count]);
  expect(Object.fromEntries(counts)).toEqual({
    created: 4,
    unchanged: 2,
    regenerated: 2,
    destroyed: 1,
    'failed newcomer-limit': 1,
    touched: 1,
    updated: 2,
  });
  const opened = [...(await pointsOf('sojourn.open.duration'))].map(([name, value]) => [
    name,
    (value as Histogram).count,
  ]);
  expect(Object.fromEntries(opened)).toEqual({
    new: 7,
    stored: 6,
    'unreadable store-failed': 1,
  });
  expect((await pointsOf('sojourn.session.active')).get('')).toBe(3);
  const calls = await pointsOf('sojourn.store.operation.duration');
  expect([...calls.keys()].sort()).toEqual(
    expect.arrayContaining([
      'memory create',
      'memory read',
      'memory read store-failed',
      'memory touch',
      'memory update',
    ]),
  );

  stop();
  const before = await pointsOf('sojourn.session.events');
  await visit(undefined, (session) => session.set('note', DATA));
  expect(await pointsOf('sojourn.session.events')).toEqual(before);
});

test('without an SDK for metrics, nothing is listened to but what spans need', () => {
  const names: string[] = [];
  const listened = {
    on: (name: string) => {
      names.push(name);
      return () => void names.splice(names.indexOf(name), 1);
    },
    count: async () => 0,
  };
  const stop = instrumentSessions(listened, { metrics: { getMeter: createNoopMeter }, trace });
  expect(names.sort()).toEqual(['committed', 'opened']);
  stop();
  expect(names).toEqual([]);
  instrumentSessions(listened, { metrics, trace })();
});

test('counters that alarms watch begin at 0', async () => {
  const { stop } = await day();
  const names = [...(await pointsOf('sojourn.session.events')).keys()];
  expect(names).toEqual(
    expect.arrayContaining(['circuit open', 'circuit closed', 'replayed', 'rejected signature']),
  );
  stop();
});

test('every event is in the metrics', async () => {
  const heard = new Set<string>();
  const sessions = createSessions({ store: memoryStore({ warn: false }) });
  const stop = instrumentSessions(
    {
      on: (name, listener) => {
        heard.add(name);
        return sessions.on(name, listener);
      },
      count: sessions.count,
    },
    { metrics, trace },
  );
  stop();
  expect([...heard].sort()).toEqual([...EVENT_NAMES].sort());
});

test('F-10 a store that does not answer leaves the other metrics to be collected', async () => {
  const { store, sessions, stop, visit } = await day();
  const token = await visit(undefined, (session) => session.set('note', DATA));
  const active = async () => (await pointsOf('sojourn.session.active')).get('');
  expect(await active()).toBe(1);
  await (await sessions.open({ 'x-session': token ?? '' })).destroy();

  const count = store.count!;
  let answer = (): void => undefined;
  let counts = 0;
  store.count = () => {
    counts++;
    return new Promise((resolve) => {
      answer = () => resolve(7);
    });
  };
  expect(await active()).toBe(1);
  expect(await active()).toBe(1);
  expect(counts).toBe(1);
  answer();
  expect(await active()).toBe(7);
  store.count = () => Promise.reject(new Error('connection lost'));
  expect(await active()).toBe(7);
  store.count = count;
  expect(await active()).toBe(0);
  stop();
});

test('spans are made below a recording span only, and say how a failure ended', async () => {
  const { store, stop, visit } = await day();
  spans.reset();
  const token = await visit(undefined, (session) => session.set('note', DATA));
  expect(spans.getFinishedSpans()).toEqual([]);

  const tracer = trace.getTracer('test');
  await tracer.startActiveSpan('GET /', async (span) => {
    await visit(token, (session) => session.increment('views'));
    store.read = () => Promise.reject(new Error('connection lost'));
    await expect(visit(token, () => undefined)).rejects.toThrow();
    span.end();
  });
  const [open, commit, failed, request] = spans.getFinishedSpans();
  expect([open, commit, failed, request].map((span) => span?.name)).toEqual([
    'session open',
    'session commit',
    'session open',
    'GET /',
  ]);
  for (const span of [open, commit, failed])
    expect(span?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(open?.attributes).toEqual({
    'sojourn.found': 'stored',
    'session.id': expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(commit?.attributes).toMatchObject({ 'sojourn.outcome': 'updated' });
  expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
  expect(failed?.attributes).toEqual({
    'sojourn.found': 'unreadable',
    'error.type': 'store-failed',
  });
  stop();
});

test('no token, secret or data is in what is exported', async () => {
  const { stop, visit, tokens } = await day();
  await trace.getTracer('test').startActiveSpan('request', async (span) => {
    const token = await visit(undefined, (session) => session.set('note', DATA));
    await visit(token, (session) => session.login('ada'));
    span.end();
  });
  exported.reset();
  await reader.forceFlush();
  const all = JSON.stringify([
    exported.getMetrics(),
    spans
      .getFinishedSpans()
      .map(({ name, attributes, status, events }) => ({ name, attributes, status, events })),
  ]);
  expect(tokens.size).toBe(2);
  for (const hidden of [...tokens, SECRET, DATA]) expect(all).not.toContain(hidden);
  stop();
});
