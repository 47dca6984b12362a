export { announce } from './channel/announce.js';
export type { Notice, NoticeListener, Notices } from './contract.js';
