import { MongoClient } from 'mongodb';
import { serverGroup } from './group.js';
import { startMongodb } from './mongodb.js';
import { until } from './process.js';

/** @import { Document } from 'mongodb' */
/** @import { Binary, ReplicaSet, Server } from './types.js' */

const setName = 'sojourn';
const members = 3;

/**
 * @param {readonly string[]} options
 * @param {Binary} binary
 * @returns {Promise<ReplicaSet>}
 */
export async function startMongodbReplicaSet(options, binary) {
  const nodes = await Promise.all(
    Array.from({ length: members }, () =>
      startMongodb('mongodb-replica-set', binary, ['--replSet', setName, ...options]),
    ),
  );
  const group = serverGroup(nodes);
  const addresses = nodes.map((node) => `${node.host}:${node.port}`);

  async function primary() {
    for (;;) {
      const states = await statesOf(nodes);
      const found = nodes.find((_, index) => states[index]?.isWritablePrimary);
      if (found) return found;
    }
  }

  async function failover() {
    const old = await primary();
    await ask(old, { replSetStepDown: 10, secondaryCatchUpPeriodSecs: 5 });
    return primary();
  }

  const settings = { electionTimeoutMillis: 2000, heartbeatIntervalMillis: 500 };
  const config = { _id: setName, settings, members: addresses.map((host, _id) => ({ _id, host })) };
  await ask(group, { replSetInitiate: config });
  await until(async () => {
    const states = await statesOf(nodes);
    return (
      states.every((state) => state?.isWritablePrimary || state?.secondary) &&
      states.some((state) => state?.isWritablePrimary)
    );
  }, 'every member to have the data');
  return Object.assign(group, {
    url: `mongodb://${addresses.join(',')}/?replicaSet=${setName}`,
    primary,
    failover,
  });
}

/**
 * @param {readonly Server[]} nodes
 * @returns {Promise<(Document | undefined)[]>} Nothing for a node that does not answer.
 */
async function statesOf(nodes) {
  const answers = await Promise.allSettled(nodes.map((node) => ask(node, { hello: 1 })));
  return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
}

/**
 * @param {Server} node
 * @param {Document} command
 * @returns {Promise<Document>}
 */
async function ask(node, command) {
  const client = new MongoClient(`mongodb://${node.host}:${node.port}/`, {
    directConnection: true,
    serverSelectionTimeoutMS: 1000,
  });
  try {
    return await client.db('admin').command(command);
  } finally {
    await client.close();
  }
}
