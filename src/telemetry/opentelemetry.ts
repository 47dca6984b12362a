import type { SessionEvents } from '../core/events.js';
import type { Sessions } from '../core/sessions.js';

/** Attributes of a measurement or a span. */
export type Attributes = Record<string, string | number | boolean>;

interface Counter {
  add(value: number, attributes?: Attributes): void;
}

interface Histogram {
  record(value: number, attributes?: Attributes): void;
}

interface Gauge {
  addCallback(callback: Observe): void;
  removeCallback(callback: Observe): void;
}

type Observe = (result: { observe(value: number): void }) => Promise<void>;

interface InstrumentOptions {
  description: string;
  unit: string;
  advice?: { explicitBucketBoundaries: number[] };
}

interface Meter {
  createCounter(name: string, options: InstrumentOptions): Counter;
  createHistogram(name: string, options: InstrumentOptions): Histogram;
  createObservableGauge(name: string, options: InstrumentOptions): Gauge;
}

interface Span {
  setStatus(status: { code: number; message?: string }): unknown;
  end(endTime?: number): void;
}

interface Tracer {
  startSpan(name: string, options: { startTime: number; attributes: Attributes }): Span;
}

/** The part of `@opentelemetry/api` that is used. */
export interface OpenTelemetryApi {
  readonly metrics: { getMeter(name: string): Meter };
  readonly trace: {
    getTracer(name: string): Tracer;
    getActiveSpan(): { isRecording(): boolean } | undefined;
  };
}

/** Settings of {@link instrumentSessions}. */
export interface InstrumentationOptions {
  /**
   * Whether spans carry `session.id`: the id of the session, which is a hash of its token. Metrics
   * never do. Default false.
   */
  sessionId?: boolean | undefined;
  /**
   * Whether `sojourn.session.active` is measured: each collection then calls `sessions.count()`,
   * which walks through the whole store in some of them. A collection waits for it for one second.
   * When the store needs longer or fails, the metric keeps its last value. Default false.
   */
  countActive?: boolean | undefined;
}

/** Buckets of durations in seconds, as the conventions for database clients advise. */
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const ERROR_STATUS = 2;
/** How long a collection waits for the count of sessions, in milliseconds. */
const COUNT_LIMIT = 1000;
/**
 * Counters that begin at 0, since alarms watch them: a system that compares two collections does
 * not see a counter that begins at 1.
 */
const WATCHED: readonly (readonly [event: keyof SessionEvents, reason?: string])[] = [
  ['circuit', 'open'],
  ['circuit', 'closed'],
  ['clockStepped'],
  ['failed', 'conflict'],
  ['failed', 'store-failed'],
  ['failed', 'store-timeout'],
  ['rejected', 'device'],
  ['rejected', 'record'],
  ['rejected', 'signature'],
  ['replayed'],
];
/** Names of database systems that differ from the names of stores. */
const SYSTEMS: Readonly<Record<string, string>> = {
  postgres: 'postgresql',
  dynamodb: 'aws.dynamodb',
};

/**
 * Metrics and spans of sessions: `instrumentSessions(sessions, api)` with
 * `import * as api from '@opentelemetry/api'`. Returns a function that stops both. Names of metrics
 * begin with `sojourn.`; store calls follow the conventions for database clients. Spans, `session
 * open` and `session commit`, are made only while a recording span is active. No token, no secret
 * and no data is in any of them.
 */
export function instrumentSessions(
  sessions: Pick<Sessions, 'on' | 'count'>,
  { metrics, trace }: OpenTelemetryApi,
  { sessionId = false, countActive = false }: InstrumentationOptions = {},
): () => void {
  const meter = metrics.getMeter('sojourn');
  const tracer = trace.getTracer('sojourn');
  const happened = meter.createCounter('sojourn.session.events', {
    description: 'What happened to sessions, by event and reason.',
    unit: '{event}',
  });
  const attempts = meter.createHistogram('sojourn.commit.attempts', {
    description: 'How often a commit was tried until its changes were stored.',
    unit: '{attempt}',
    advice: { explicitBucketBoundaries: [1, 2, 3, 5, 10, 20] },
  });
  const seconds = (name: string, description: string): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS },
    });
  const opening = seconds('sojourn.open.duration', 'How long it took to open a session.');
  const commit = seconds('sojourn.commit.duration', 'How long a commit held its response back.');
  const call = seconds('sojourn.store.operation.duration', 'How long a call of the store took.');

  // Without an SDK, the API gives one histogram for all names: nobody would read it.
  const isMeasuring = opening !== commit;
  const isTracing = (): boolean => trace.getActiveSpan()?.isRecording() === true;

  function span(
    name: string,
    milliseconds: number,
    attributes: Attributes,
    { id, error }: { id?: string | undefined; error?: Error },
  ): void {
    const made = tracer.startSpan(name, {
      startTime: Date.now() - milliseconds,
      attributes: sessionId && id !== undefined ? { ...attributes, 'session.id': id } : attributes,
    });
    if (error !== undefined) made.setStatus({ code: ERROR_STATUS, message: error.message });
    made.end();
  }

  const count = (event: keyof SessionEvents, reason?: string, times = 1): void =>
    happened.add(times, {
      'sojourn.event': event,
      ...(reason !== undefined && { 'sojourn.reason': reason }),
    });
  for (const [event, reason] of WATCHED) count(event, reason, 0);

  const stops = [
    sessions.on('opened', (event) => {
      const isTraced = isTracing();
      if (!isTraced && !isMeasuring) return;
      const attributes = { 'sojourn.found': event.found, ...errorType(event.error) };
      opening.record(event.milliseconds / 1000, attributes);
      if (isTraced) span('session open', event.milliseconds, attributes, event);
    }),
    sessions.on('committed', (event) => {
      const isTraced = isTracing();
      if (!isTraced && !isMeasuring) return;
      const attributes = { 'sojourn.outcome': event.outcome, ...errorType(event.error) };
      commit.record(event.milliseconds / 1000, attributes);
      if (isTraced) span('session commit', event.milliseconds, attributes, event);
    }),
  ];
  if (isMeasuring) stops.push(...measureAll());

  function measureAll(): (() => void)[] {
    return [
      sessions.on('storeCall', ({ store, verb, milliseconds, outcome }) =>
        call.record(milliseconds / 1000, {
          'db.system.name': SYSTEMS[store] ?? store,
          'db.operation.name': verb,
          ...(outcome !== 'ok' && { 'error.type': `store-${outcome}` }),
        }),
      ),
      sessions.on('updated', (event) => {
        count('updated');
        attempts.record(event.attempts);
      }),
      sessions.on('failed', ({ error }) => count('failed', error.code)),
      sessions.on('circuit', ({ state }) => count('circuit', state)),
      sessions.on('inherited', ({ from }) => count('inherited', from)),
      sessions.on('throttled', ({ by }) => count('throttled', by)),
      sessions.on('outage', ({ served }) => count('outage', served)),
      ...(['regenerated', 'ended', 'rejected'] as const).map((name) =>
        sessions.on(name, ({ reason }: SessionEvents[typeof name]) => count(name, reason)),
      ),
      ...(
        [
          'created',
          'touched',
          'conflict',
          'gone',
          'setAside',
          'replayed',
          'refused',
          'clockStepped',
        ] as const
      ).map((name) => sessions.on(name, () => count(name))),
    ];
  }

  if (countActive) {
    const active = meter.createObservableGauge('sojourn.session.active', {
      description: 'How many sessions the store holds.',
      unit: '{session}',
    });
    const current = countOf(sessions);
    const observe: Observe = async (result) => {
      const known = await current();
      if (known !== undefined) result.observe(known);
    };
    active.addCallback(observe);
    stops.push(() => active.removeCallback(observe));
  }
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * Counts sessions, one walk at a time. Gives `undefined` after a second, since an outage of the
 * store must not keep the other metrics from being collected. `storeCall` reports a failure.
 */
function countOf(sessions: Pick<Sessions, 'count'>): () => Promise<number | undefined> {
  let running: Promise<number | undefined> | undefined;
  return async () => {
    running ??= sessions
      .count()
      .catch(() => undefined)
      .finally(() => {
        running = undefined;
      });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), COUNT_LIMIT);
    });
    return Promise.race([running, late]).finally(() => clearTimeout(timer));
  };
}

function errorType(error: { readonly code: string } | undefined): Attributes {
  return error === undefined ? {} : { 'error.type': error.code };
}
