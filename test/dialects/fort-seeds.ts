// @ts-nocheck: the two classes of FortJs's documentation, typed in as they stand there but for the import, are not strict.
// biome-ignore-all lint/suspicious/noExplicitAny: as above.
import { type ISessionStore, SessionProvider } from '../../src/dialects/fort.js';

const sessionValues = {};

export class CustomSessionProvider extends SessionProvider {
  async get(key: string) {
    const savedSession = sessionValues[this.sessionId];
    return savedSession != null ? savedSession[key] : null;
  }

  async isExist(key: string) {
    const savedValue = sessionValues[this.sessionId];
    return savedValue == null ? false : savedValue[key] != null;
  }

  async getAll() {
    const savedValue = sessionValues[this.sessionId];
    return savedValue == null ? {} : savedValue;
  }

  async set(key: string, val: any) {
    const savedValue = sessionValues[this.sessionId];
    if (savedValue == null) {
      this.createSession();
      sessionValues[this.sessionId] = {
        [key]: val,
      };
    } else {
      savedValue[key] = val;
    }
  }

  setMany(values: { [key: string]: any }) {
    return Promise.all(
      Object.keys(values).map((key) => {
        return this.set(key, values[key]);
      }),
    );
  }

  async remove(key: string) {
    const savedValue = sessionValues[this.sessionId];
    if (savedValue != null) {
      savedValue[key] = null;
    }
  }

  async clear() {
    delete sessionValues[this.sessionId];
    await this.destroySession();
  }
}

const storeValues: Map<string, { [key: string]: any }> = new Map();

export class MemorySessionStore implements ISessionStore {
  sessionId: string;

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  private getSessionValue_() {
    return storeValues.get(this.sessionId);
  }

  async isAnyExist() {
    return this.getSessionValue_() != null;
  }

  async get(key: string): Promise<any> {
    const savedValue = this.getSessionValue_();
    return savedValue != null ? savedValue[key] : null;
  }

  async getAll(): Promise<{ [key: string]: any }> {
    const savedValue = this.getSessionValue_();
    return savedValue || {};
  }

  async isExist(key: string): Promise<boolean> {
    const savedValue = this.getSessionValue_();
    return savedValue == null ? false : savedValue[key] != null;
  }

  async clear(): Promise<void> {
    storeValues.delete(this.sessionId);
  }

  async set(key: string, val: any) {
    const savedValue = this.getSessionValue_();
    if (savedValue == null) {
      storeValues.set(this.sessionId, {
        [key]: val,
      });
    } else {
      savedValue[key] = val;
    }
  }

  async setMany(values: { [key: string]: any }) {
    return Promise.all(
      Object.keys(values).map((key) => {
        return this.set(key, values[key]);
      }),
    );
  }

  async remove(key: string) {
    const savedValue = this.getSessionValue_();
    if (savedValue != null) {
      savedValue[key] = null;
    }
  }
}
