// What there is of each server: the programs it needs, how it is started, and its image in Docker.
import { container } from './docker.js';
import { startDynamodb } from './dynamodb.js';
import { startMariadb } from './mariadb.js';
import { startMemcached } from './memcached.js';
import { startMongodb } from './mongodb.js';
import { startMongodbReplicaSet } from './mongodb-replica-set.js';
import { startPostgres } from './postgres.js';
import { startRedis } from './redis.js';
import { startRedisCluster } from './redis-cluster.js';
import { startRedisSentinel } from './redis-sentinel.js';
import { startRedisTls } from './redis-tls.js';

/** @import { Kind, Program, ServerName, Servers } from './types.js' */

/** @satisfies {Record<string, Program>} */
const programs = {
  redis: { command: 'redis-server', minimum: 7, debianPackage: 'redis-server' },
  redis8: {
    command: 'redis-server',
    minimum: 8,
    script: 'debian13.sh',
    file: 'debian13/redis-server',
  },
  valkey: { command: 'valkey-server', script: 'debian13.sh', file: 'debian13/valkey-server' },
  openssl: { command: 'openssl', debianPackage: 'openssl', version: 'unknown' },
  memcached: { command: 'memcached', debianPackage: 'memcached' },
  postgres: { command: 'postgres', debianPackage: 'postgresql' },
  mariadb: { command: 'mariadbd', debianPackage: 'mariadb-server' },
  mariadbInstaller: {
    command: 'mariadb-install-db',
    debianPackage: 'mariadb-server',
    version: 'unknown',
  },
  mongodb: {
    command: 'mongod',
    script: 'mongodb.sh',
    file: 'mongodb/mongod',
    download: downloadMongodb,
  },
  java: { command: 'java', minimum: 17, debianPackage: 'default-jre-headless' },
  dynamodb: {
    command: 'DynamoDBLocal.jar',
    script: 'dynamodb.sh',
    file: 'dynamodb/DynamoDBLocal.jar',
    version: '2.6.1',
  },
};

/** @type {{ [Name in keyof Servers]: Kind<Servers[Name]> }} */
export const kinds = {
  redis: {
    programs: [programs.redis],
    start: (options, binary) => startRedis('redis', binary, options),
    container: redisContainer('redis', 'redis:7'),
  },
  'redis-tls': { programs: [programs.redis, programs.openssl], start: startRedisTls },
  'redis-cluster': { programs: [programs.redis], start: startRedisCluster },
  'redis-sentinel': { programs: [programs.redis], start: startRedisSentinel },
  redis8: {
    programs: [programs.redis8],
    start: (options, binary) => startRedis('redis8', binary, options),
    container: redisContainer('redis8', 'redis:8'),
  },
  valkey: {
    programs: [programs.valkey],
    start: (options, binary) => startRedis('valkey', binary, options),
    container: redisContainer('valkey', 'valkey/valkey:8'),
  },
  postgres: {
    programs: [programs.postgres],
    start: startPostgres,
    container: container('postgres', {
      name: 'postgres:17',
      port: 5432,
      variables: ['POSTGRES_HOST_AUTH_METHOD=trust'],
      command: ['postgres'],
      ready: /listening on IPv4 address/,
      url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    }),
  },
  mariadb: {
    programs: [programs.mariadb, programs.mariadbInstaller],
    start: startMariadb,
    container: container('mariadb', {
      name: 'mariadb:11',
      port: 3306,
      variables: ['MARIADB_ROOT_PASSWORD=secret', 'MARIADB_DATABASE=sojourn'],
      command: ['mariadbd'],
      ready: /port: 3306/,
      url: (port) => `mysql://root:secret@127.0.0.1:${port}/sojourn`,
    }),
  },
  memcached: {
    programs: [programs.memcached],
    start: startMemcached,
    container: container('memcached', {
      name: 'memcached:1.6',
      port: 11_211,
      command: ['memcached', '-v'],
      ready: /^/,
      url: (port) => `memcached://127.0.0.1:${port}`,
    }),
  },
  mongodb: {
    programs: [programs.mongodb],
    start: (options, binary) => startMongodb('mongodb', binary, options),
    container: container('mongodb', {
      name: 'mongo:8',
      port: 27_017,
      command: ['mongod', '--bind_ip_all'],
      ready: /Waiting for connections/,
      url: (port) => `mongodb://127.0.0.1:${port}/`,
    }),
  },
  'mongodb-replica-set': { programs: [programs.mongodb], start: startMongodbReplicaSet },
  dynamodb: {
    programs: [programs.java, programs.dynamodb],
    start: startDynamodb,
    container: container('dynamodb', {
      name: 'amazon/dynamodb-local:2.6.1',
      port: 8000,
      ready: /Port:\s+8000/,
      url: (port) => `http://127.0.0.1:${port}`,
    }),
  },
};

/**
 * @param {ServerName} name
 * @param {string} image
 */
function redisContainer(name, image) {
  return container(name, {
    name: image,
    port: 6379,
    ready: /ready to accept connections/i,
    url: (port) => `redis://127.0.0.1:${port}`,
  });
}

async function downloadMongodb() {
  const { MongoBinary } = await import('mongodb-memory-server-core');
  return MongoBinary.getPath({ version: '7.0.24' });
}
