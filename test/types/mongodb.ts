// Compiled by `npm run check`, never run: each @ts-expect-error must be an error.
import type { Collection, Db, ObjectId } from 'mongodb';
import { mongodbStore } from '../../src/stores/mongodb.js';

declare const database: Db;
declare const untyped: Collection;
declare const typed: Collection<{ _id: string; version: string; data: string; expiresAt: Date }>;
declare const other: Collection<{ _id: ObjectId; name: string }>;

mongodbStore({ collection: untyped });
mongodbStore({ collection: typed, now: Date.now });
// A schema says nothing about what may be written, so it is not looked at.
mongodbStore({ collection: other });

// @ts-expect-error a collection is needed
mongodbStore({});
// @ts-expect-error a database is no collection
mongodbStore({ collection: database });
// @ts-expect-error options are known by name
mongodbStore({ collection: untyped, ttl: 3600 });
