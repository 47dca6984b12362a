// The application on FortJs's own sessions, kept in a store of Sojourn's.
import fortjs from 'fortjs';
import { toFort } from 'sojourn/bridges/fort';
import { memoryStore } from 'sojourn/stores/memory';
import { start } from './app.js';

fortjs.Fort.sessionStore = toFort(memoryStore());
await start();
