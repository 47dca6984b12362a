import { answer } from '../pages/answers.js';
import { PageError } from '../pages/page-error.js';
import type { Watch } from './stats.js';

/** How often a stream looks whether something happened, in milliseconds. */
const INTERVAL = 1000;
/** So many looks without an event, and the client hears that the stream is alive. */
const SILENT_LOOKS = 15;
/** A stream ends after so long, and the browser opens another one: it is authorized again. */
const LIFETIME = 60_000;
const MOST_STREAMS = 50;

/** Streams of statistics, by server-sent events. */
export class Live {
  readonly #watch: Watch;
  readonly #ends = new Set<() => void>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** @throws PageError when too many streams are open. */
  open(): Response {
    if (this.#ends.size >= MOST_STREAMS)
      throw new PageError(503, `${MOST_STREAMS} live views are open already. Close one of them.`);
    const encoder = new TextEncoder();
    const ends = this.#ends;
    const watch = this.#watch;
    let stop = (): void => undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const send = (text: string): void => controller.enqueue(encoder.encode(text));
        let version = -1;
        let silent = 0;
        const look = (): void => {
          if (version !== watch.version) {
            version = watch.version;
            silent = 0;
            send(`event: stats\ndata: ${JSON.stringify(watch.stats())}\n\n`);
          } else if (++silent % SILENT_LOOKS === 0) send(': nothing happened\n\n');
        };
        const timer = setInterval(look, INTERVAL);
        const end = (): void => {
          stop();
          controller.close();
        };
        const timeout = setTimeout(end, LIFETIME);
        stop = () => {
          clearInterval(timer);
          clearTimeout(timeout);
          ends.delete(end);
        };
        ends.add(end);
        send('retry: 1000\n\n');
        look();
      },
      cancel: () => stop(),
    });
    return answer(body, 'text/event-stream', { headers: { 'X-Accel-Buffering': 'no' } });
  }

  close(): void {
    for (const end of [...this.#ends]) end();
  }
}
