export {
  type EventStreamLike,
  eventStream,
  type LiveConnection,
  type LiveEnd,
  type SocketIoLike,
  socketIo,
  type WebSocketLike,
  webSocket,
} from './connections.js';
export {
  type AttachOptions,
  createLive,
  type Live,
  type LiveOptions,
  type LiveSession,
  SESSION_ENDED,
} from './live.js';
