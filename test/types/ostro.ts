// Compiled by `npm run check`, never run: each @ts-expect-error must be an error.
import express from 'express';
import { MongoClient } from 'mongodb';
import {
  extend,
  type OstroSession,
  redirect,
  SessionHandlerInterface,
  session,
  startSession,
  verifyCsrfToken,
} from '../../src/dialects/ostro.js';
import { memoryStore } from '../../src/stores/memory.js';

interface Data {
  cart: string[];
  count: number;
  user: { name: string; teams: string[] };
}

declare const typed: OstroSession<Data>;

const app = express();
app.use(startSession({ driver: 'mongo', lifetime: 120 }), verifyCsrfToken({ except: ['hooks/*'] }));
app.use('/shop', startSession());

const name: string | null = typed.get('user.name');
const fallback: number | string = typed.get('count', 'none');
const computed: number = typed.get('count', () => 0);
const pulled: string[] | null = typed.pull('cart');
const sum: number = typed.increment('count', 2);
typed.push('user.teams', 'developers');
typed.put('user.name', 'Ada');
typed.put({ count: 1 });
typed.forget(['cart', 'user.name']);
typed.flash({ count: 1 });
typed.keep(['cart', 'count']);
export const isMoved: Promise<boolean> = typed.regenerate();
export const values = [name, fallback, computed, pulled, sum];

// @ts-expect-error there is no such key
typed.get('cat');
// @ts-expect-error a name is a text
typed.put('user.name', 7);
// @ts-expect-error a name is no number
typed.increment('user.name');
// @ts-expect-error a count is no list
typed.push('count', 1);
// @ts-expect-error there is no such key
typed.keep(['cat']);

session('anything', 'default');
session({ anything: 1 });
session().put('anything', 1);
redirect().with('status', 'Saved').withInput().withErrors({ name: 'too short' }).to('/form');

class MongoSessionHandler extends SessionHandlerInterface {
  readonly collection = new MongoClient('mongodb://localhost')
    .db()
    .collection<{ _id: string; data: string }>('sessions');
  async read(sessionId: string) {
    return (await this.collection.findOne({ _id: sessionId }))?.data;
  }
  async write(sessionId: string, data: string) {
    await this.collection.updateOne({ _id: sessionId }, { $set: { data } }, { upsert: true });
  }
  async destroy(sessionId: string) {
    await this.collection.deleteOne({ _id: sessionId });
  }
}

extend('mongo', () => new MongoSessionHandler());
extend('later', async () => new MongoSessionHandler());
extend('own', () => memoryStore());
// @ts-expect-error a Map is no handler
extend('map', () => new Map());
// @ts-expect-error minutes are a number
startSession({ lifetime: {} });
