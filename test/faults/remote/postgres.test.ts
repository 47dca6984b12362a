import { postgresStores } from '../../remote-stores/postgres.js';
import { storeFaults } from '../store-faults.js';

await storeFaults(postgresStores, { kept: 'all', serverOptions: ['-c', 'synchronous_commit=on'] });
