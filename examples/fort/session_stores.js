// The two stores of FortJs's documentation: a provider of its first generation, and a store of its
// second.
import { SessionProvider } from 'sojourn/fort';

const sessionValues = {};

export class CustomSessionProvider extends SessionProvider {
  async get(key) {
    const savedSession = sessionValues[this.sessionId];
    return savedSession != null ? savedSession[key] : null;
  }

  async isExist(key) {
    const savedValue = sessionValues[this.sessionId];
    return savedValue == null ? false : savedValue[key] != null;
  }

  async getAll() {
    const savedValue = sessionValues[this.sessionId];
    return savedValue == null ? {} : savedValue;
  }

  async set(key, val) {
    const savedValue = sessionValues[this.sessionId];
    if (savedValue == null) {
      this.createSession();
      sessionValues[this.sessionId] = { [key]: val };
    } else {
      savedValue[key] = val;
    }
  }

  setMany(values) {
    return Promise.all(Object.keys(values).map((key) => this.set(key, values[key])));
  }

  async remove(key) {
    const savedValue = sessionValues[this.sessionId];
    if (savedValue != null) savedValue[key] = null;
  }

  async clear() {
    delete sessionValues[this.sessionId];
    await this.destroySession();
  }
}

const storeValues = new Map();

export class MemorySessionStore {
  constructor(sessionId) {
    this.sessionId = sessionId;
  }

  async isAnyExist() {
    return storeValues.get(this.sessionId) != null;
  }

  async get(key) {
    const savedValue = storeValues.get(this.sessionId);
    return savedValue != null ? savedValue[key] : null;
  }

  async getAll() {
    return storeValues.get(this.sessionId) || {};
  }

  async isExist(key) {
    const savedValue = storeValues.get(this.sessionId);
    return savedValue == null ? false : savedValue[key] != null;
  }

  async clear() {
    storeValues.delete(this.sessionId);
  }

  async set(key, val) {
    const savedValue = storeValues.get(this.sessionId);
    if (savedValue == null) storeValues.set(this.sessionId, { [key]: val });
    else savedValue[key] = val;
  }

  async setMany(values) {
    return Promise.all(Object.keys(values).map((key) => this.set(key, values[key])));
  }

  async remove(key) {
    const savedValue = storeValues.get(this.sessionId);
    if (savedValue != null) savedValue[key] = null;
  }
}
