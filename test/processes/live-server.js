// Holds the sockets of sessions in Redis, by ws and Socket.IO, and closes them with their sessions.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';
import { createSessions } from '../../dist/index.js';
import { createLive, socketIo, webSocket } from '../../dist/live/index.js';
import { redisNotices } from '../../dist/notices/redis.js';
import { redisStore } from '../../dist/stores/redis.js';

const { url, channel, hasNotices, every } = JSON.parse(process.argv[2] ?? '');
const client = new Redis(url);
const sessions = createSessions({ store: redisStore({ client, prefix: `${channel}:` }) });
const notices = hasNotices ? redisNotices({ client, channel }) : undefined;
const live = createLive(sessions, { notices, every });

const server = createServer();
const sockets = new WebSocketServer({ noServer: true });
const io = new Server(server, { destroyUpgrade: false });

server.on('upgrade', async (request, socket, head) => {
  if (request.url?.startsWith('/socket.io/')) return;
  const session = await sessions.open(request.headers, { secure: true }, { readOnly: true });
  sockets.handleUpgrade(request, socket, head, (webSocketOfClient) => {
    live.attach(session, webSocket(webSocketOfClient));
    webSocketOfClient.send('attached');
  });
});

io.on('connection', async (socket) => {
  const { headers } = socket.request;
  const session = await sessions.open(headers, { secure: true }, { readOnly: true });
  live.attach(session, socketIo(socket));
  socket.emit('attached');
});

server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(server.address());
