export type { Answer, AnyConnectStore, ConnectSession } from './connect/contract.js';
export { type FromConnectOptions, fromConnect } from './connect/from-connect.js';
export { type ConnectStore, type ToConnectOptions, toConnect } from './connect/to-connect.js';
