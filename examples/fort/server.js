// The application on Sojourn. `STORE` names one of the two classes, which run as they are; without
// it sessions are in a store of Sojourn's.
import fortjs from 'fortjs';
import { fromFort } from 'sojourn/bridges/fort';
import { fortSessions, sessionWall } from 'sojourn/fort';
import { memoryStore } from 'sojourn/stores/memory';
import { start } from './app.js';
import { CustomSessionProvider, MemorySessionStore } from './session_stores.js';

const { Fort, Wall } = fortjs;
const Store = [CustomSessionProvider, MemorySessionStore].find(
  ({ name }) => name === process.env.STORE,
);
const store = Store === undefined ? memoryStore() : fromFort(Store);

Fort.walls = [sessionWall(Wall, fortSessions({ store }))];
await start();
