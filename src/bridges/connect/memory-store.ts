import type { Answer, ConnectSession } from './contract.js';
import type { Session } from './session.js';
import { Store } from './store.js';

/**
 * Keeps sessions in this process, as text: for development. An expired session is deleted only when
 * it is read.
 */
export class MemoryStore extends Store {
  sessions: Record<string, string> = Object.create(null);

  get(id: string, answer: Answer<ConnectSession | null>): void {
    setImmediate(answer, null, this.#live(id));
  }

  set(id: string, session: ConnectSession | Session, answer?: Answer): void {
    this.sessions[id] = JSON.stringify(session);
    later(answer);
  }

  destroy(id: string, answer?: Answer): void {
    delete this.sessions[id];
    later(answer);
  }

  override touch(id: string, { cookie }: ConnectSession | Session, answer?: Answer): void {
    const session = this.#live(id);
    if (session !== undefined) this.sessions[id] = JSON.stringify({ ...session, cookie });
    later(answer);
  }

  override all(answer: Answer<Record<string, ConnectSession>>): void {
    setImmediate(answer, null, this.#all());
  }

  override length(answer: Answer<number>): void {
    setImmediate(answer, null, Object.keys(this.#all()).length);
  }

  override clear(answer?: Answer): void {
    this.sessions = Object.create(null);
    later(answer);
  }

  #live(id: string): ConnectSession | undefined {
    const text = this.sessions[id];
    if (text === undefined) return undefined;
    const session: ConnectSession = JSON.parse(text);
    const { expires } = session.cookie ?? {};
    if (!expires || new Date(expires).getTime() > Date.now()) return session;
    delete this.sessions[id];
    return undefined;
  }

  #all(): Record<string, ConnectSession> {
    const all: Record<string, ConnectSession> = Object.create(null);
    for (const id of Object.keys(this.sessions)) {
      const session = this.#live(id);
      if (session !== undefined) all[id] = session;
    }
    return all;
  }
}

function later(answer: Answer | undefined): void {
  if (answer) setImmediate(answer, null);
}
