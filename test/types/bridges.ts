// Compiled by `npm run check`, never run: each @ts-expect-error must be an error.
import { Keyv } from 'keyv';
import type { Storage } from 'unstorage';
import { keyvStore } from '../../src/bridges/keyv.js';
import { unstorageStore } from '../../src/bridges/unstorage.js';

declare const anything: Storage;
declare const texts: Storage<string>;
declare const declared: Storage<{ items: { theme: string } }>;

unstorageStore({ storage: anything });
unstorageStore({ storage: texts });
unstorageStore({ storage: declared, now: Date.now });

keyvStore({ keyv: new Keyv() });
keyvStore({ keyv: new Keyv<string>({ store: new Map() }) });
keyvStore({ keyv: new Keyv<{ theme: string }>(), now: Date.now });

// @ts-expect-error a storage is needed
unstorageStore({});
// @ts-expect-error a Map is no storage
unstorageStore({ storage: new Map() });
// @ts-expect-error a keyv is needed
keyvStore({});
// @ts-expect-error a Map is no keyv: give it to one
keyvStore({ keyv: new Map() });
