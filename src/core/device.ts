import type { DeviceChange } from '../data/learned.js';
import { writable } from './access.js';
import { requireShared } from './claims.js';
import type { Engine } from './commit/engine.js';
import type { Session } from './session.js';
import { engineOf, visitOf } from './session-values.js';
import type { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

/**
 * What a session keeps of the device that it is bound to: a text beside the data. It stays when the
 * token changes, and ends with the session, or with a login.
 */
export class DeviceRecord<Data extends object> {
  readonly #session: Session<Data>;
  readonly #visit: Visit;
  readonly #engine: Engine;

  /** @throws `unsupported` for sealed sessions: a client could show an old text again. */
  constructor(session: Session<Data>) {
    this.#session = session;
    this.#visit = visitOf(session);
    this.#engine = engineOf(session);
    requireShared(this.#engine, 'device binding');
  }

  get text(): string | undefined {
    return this.#visit.journal.data.facts.device;
  }

  /** The time of the sessions, in epoch milliseconds. */
  get now(): number {
    return this.#engine.settings.now();
  }

  /**
   * Changes the text and stores the session at once. `change` is called again when others stored
   * the session meanwhile; its last call counts. `gone`: the session has ended.
   * @throws as `session.save`.
   */
  change(change: DeviceChange): Promise<Outcome> {
    writable(this.#visit, this.#engine).journal.learn({ device: change });
    this.#visit.askFor('store');
    return this.#session.save();
  }

  /** Gives the rest of this request an empty session. The stored one stays for its device. */
  setAside(): void {
    const { id } = this.#session;
    const { createData } = this.#engine.settings;
    this.#visit.reload(undefined, createData());
    this.#visit.begin();
    this.#visit.note('new: the session is bound to a device, and the request is not from it');
    this.#engine.events.emit('rejected', { reason: 'device', id });
  }
}
