export {
  type AdapterCasesOptions,
  type AdapterContext,
  type AdapterSuiteOptions,
  type AdapterUnderTest,
  adapterCases,
  adapterSuite,
  type StartAdapter,
  type SuiteData,
  type SuiteHandler,
  type SuiteReply,
  type SuiteRequest,
} from './adapter-suite.js';
export { type Client, type ClientOptions, createClient, type SendRequest } from './client.js';
export { type ManualClock, manualClock } from './clock.js';
export { type CookieJar, cookieJar, type KeptCookie } from './cookie-jar.js';
export {
  type StoreCasesOptions,
  type StoreSuiteOptions,
  type StoresUnderTest,
  storeCases,
  storeSuite,
} from './store-suite.js';
export type { ContractCase, RegisterTest } from './suite.js';
