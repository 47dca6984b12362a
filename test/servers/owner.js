// Starts a server, says what to look for, and waits to be ended.
import { startServer } from '../../scripts/servers/index.js';

const { pids, folder } = await startServer('redis');
console.log(JSON.stringify({ pids, folder }));
setInterval(() => undefined, 2 ** 30);
