import { dynamodbStores } from '../../remote-stores/dynamodb.js';
import { storeFaults } from '../store-faults.js';

await storeFaults(dynamodbStores, { kept: 'nothing' });
