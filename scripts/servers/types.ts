/** Every server there is, by name. */
export interface Servers {
  redis: Server;
  'redis-tls': TlsServer;
  'redis-cluster': ServerGroup;
  'redis-sentinel': SentinelGroup;
  redis8: Server;
  valkey: Server;
  postgres: Server;
  mariadb: Server;
  memcached: Server;
  mongodb: Server;
  'mongodb-replica-set': ReplicaSet;
  dynamodb: Server;
}

export type ServerName = keyof Servers;

export interface ServerAddress {
  readonly name: ServerName;
  /** `'unknown'` for one that the environment names, the image for one in Docker. */
  readonly version: string;
  /** With user, password and database where it has them. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

export interface Server extends ServerAddress {
  /** Its data and its log; removed when this process has ended. */
  readonly folder: string;
  /** Of what runs of it; empty when it is down, or in a container. */
  readonly pids: readonly number[];
  /** Shuts it down in good order. Nothing when it is down already. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
  /**
   * Starts it again, after a stop when it runs: same port, same folder. After a kill, Redis,
   * Valkey, PostgreSQL and MariaDB know all they had answered; MongoDB all that its journal held,
   * which may lack the last 100 ms; memcached and DynamoDB Local know nothing.
   */
  restart(): Promise<void>;
  /** It stalls: connections stay open, no answer comes. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface TlsServer extends Server {
  /** The authority's certificate as PEM, for the client's `ca`. */
  readonly ca: string;
  /** For the user who may do everything. */
  readonly adminUrl: string;
}

/** Several servers that are one to a client; the verbs act on all of them. */
export interface ServerGroup extends Server {
  readonly nodes: readonly Server[];
}

/**
 * `nodes`: a master, then its replica, as they were at the start. `url`: the master's, at the
 * start.
 */
export interface SentinelGroup extends ServerGroup {
  readonly sentinel: Server;
  readonly masterName: string;
  /** The node that is master now, as the sentinel says. */
  master(): Promise<Server>;
  /** Resolves once the replica has all that the master has now. */
  replicated(): Promise<void>;
  /** Makes the replica master; resolves once the old master follows it. */
  failover(): Promise<void>;
}

/** Three members with data: one may be lost at a time. */
export interface ReplicaSet extends ServerGroup {
  /** The node that is primary now; waits for an election under way. */
  primary(): Promise<Server>;
  /** The primary steps down; resolves to the next one. */
  failover(): Promise<Server>;
}

/** How to start one kind of server. */
export interface Kind<Started extends Server = Server> {
  /** What `start` is given, in this order. */
  readonly programs: readonly Program[];
  /** @param options More of the server's own command line; for a group, of each node's. */
  start(options: readonly string[], ...binaries: Binary[]): Promise<Started>;
  /**
   * Starts it in Docker, where the programs cannot be had; not for what is more than a server and
   * its URL.
   */
  container?(options: readonly string[]): Promise<Started>;
}

export interface Program {
  /** Its name in PATH. */
  readonly command: string;
  /** The oldest major version that will do. Default: any. */
  readonly minimum?: number;
  /** What of Debian holds it. */
  readonly debianPackage?: string;
  /** Of install/: gets it into the folder it is given. Debian only. */
  readonly script?: string;
  /** Where the script puts it, below .tools. */
  readonly file?: string;
  /** For a program that cannot be asked. */
  readonly version?: string;
  /** Where nothing else helps: resolves to the binary's path. */
  download?(): Promise<string>;
}

export interface Binary {
  readonly path: string;
  readonly version: string;
}

export interface Image {
  /** With its tag. */
  readonly name: string;
  /** Inside the container. */
  readonly port: number;
  readonly variables?: readonly string[];
  readonly command?: readonly string[];
  /** What its log says once it serves. */
  readonly ready: RegExp;
  url(port: number): string;
}
