// The application: it knows `connection.session`, and not who keeps it.
import simples from 'simples';

/**
 * Starts it; `useSessions` says where its sessions are, and returns what becomes of a listener of
 * WebSocket connections.
 */
export function start(useSessions) {
  const port = Number(process.env.PORT ?? 12345);
  const server = simples({ port, hostname: 'localhost' });
  const socket = useSessions(server);

  server.get('/', (connection) => connection.end(JSON.stringify(connection.session)));

  server.get('/login/:name', (connection) => {
    connection.session.set('name', connection.params.name);
    connection.end('Welcome');
  });

  server.get('/visit', (connection) => {
    const { session } = connection;
    session.set('visits', (session.get('visits') ?? 0) + 1);
    connection.end(`Visit ${session.get('visits')}`);
  });

  server.get('/forget', (connection) => {
    connection.end(String(connection.session.delete('name')));
  });

  server.get('/logout', async (connection) => {
    await connection.session.destroy();
    connection.end('Goodbye');
  });

  const chat = (connection) => {
    connection.on('message', ({ data }) => {
      connection.session.set('said', String(data));
      connection.send(`${connection.session.get('name')}: ${data}`);
    });
  };
  server.ws('/chat', socket(chat));

  server.on('start', () => console.log(`http://localhost:${server._meta.instance.address().port}`));
}
