import { metrics, trace } from '@opentelemetry/api';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createEvents } from '../../dist/core/events.js';
import { instrumentSessions } from '../../dist/telemetry/opentelemetry.js';
import { inMemory, sojournDirect } from './sojourn.js';
import { noVerbs } from './verbs.js';

/** @import { OpenTelemetryApi } from '../../dist/telemetry/opentelemetry.js' */
/** @import { DirectSystem } from './types.js' */

/** Takes what is exported to nowhere. */
const exporter = {
  export: (/** @type {unknown} */ _data, /** @type {(result: { code: number }) => void} */ done) =>
    done({ code: 0 }),
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};

/** The events of a request that writes, which are made only when somebody hears them. */
const ASKED = /** @type {const} */ (['opened', 'storeCall', 'storeCall', 'committed']);
/** The one that is made always. */
const UPDATED = { id: 'id', handle: 'handle', userId: undefined, attempts: 1 };

/** What telemetry adds to a session in memory. @type {Readonly<Record<string, () => DirectSystem>>} */
export const TELEMETRY = {
  'events that nobody hears, alone': eventsAlone,
  'sojourn memory, OpenTelemetry without SDK': () => instrumented({ metrics, trace }),
  'sojourn memory, OpenTelemetry with metrics': () => instrumented({ metrics: meters(), trace }),
  'sojourn memory, OpenTelemetry with metrics and spans': () =>
    instrumented({ metrics: meters(), trace: tracers() }),
};

/** @param {OpenTelemetryApi} api */
function instrumented(api) {
  return sojournDirect(inMemory(), (sessions) => instrumentSessions(sessions, api));
}

function meters() {
  const reader = new PeriodicExportingMetricReader({ exporter });
  return new MeterProvider({ readers: [reader] });
}

/** As inside of a span of the request that is recorded. */
function tracers() {
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  const request = provider.getTracer('requests').startSpan('request');
  return {
    getTracer: (/** @type {string} */ name) => provider.getTracer(name),
    getActiveSpan: () => request,
  };
}

/** @returns {DirectSystem} */
function eventsAlone() {
  const events = createEvents();
  return {
    ...noVerbs,
    async serve(_request, response, act) {
      for (const name of ASKED) if (events.has(name)) throw new Error('Somebody hears events.');
      events.emit('updated', UPDATED);
      act(undefined);
      response.end('ok');
    },
  };
}
