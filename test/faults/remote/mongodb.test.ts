import { mongodbStores } from '../../remote-stores/mongodb.js';
import { storeFaults } from '../store-faults.js';

await storeFaults(mongodbStores, { kept: 'all' });
