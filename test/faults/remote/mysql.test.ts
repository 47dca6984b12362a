import { mysqlStores } from '../../remote-stores/mysql.js';
import { storeFaults } from '../store-faults.js';

await storeFaults(mysqlStores, {
  kept: 'all',
  serverOptions: ['--innodb-flush-log-at-trx-commit=2'],
});
