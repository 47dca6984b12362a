// The application as it was: FortJs keeps its sessions in the store class.
import fortjs from 'fortjs';
import { start } from './app.js';
import { MemorySessionStore } from './session_stores.js';

fortjs.Fort.sessionStore = MemorySessionStore;
await start();
