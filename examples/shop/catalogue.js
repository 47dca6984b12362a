/** @typedef {{ id: string, name: string, text: string, cents: number }} Product */

/** @type {readonly Product[]} */
export const products = [
  {
    id: 'mug',
    name: 'Enamel mug',
    text: 'Survives the fire, the fall and the dishwasher.',
    cents: 1450,
  },
  {
    id: 'notebook',
    name: 'Field notebook',
    text: 'Sewn pages for what you would forget.',
    cents: 900,
  },
  { id: 'lamp', name: 'Reading lamp', text: 'Warm light, folds into a coat pocket.', cents: 3800 },
  { id: 'blanket', name: 'Wool blanket', text: 'Heavy enough for a cold platform.', cents: 7900 },
  { id: 'kettle', name: 'Travel kettle', text: 'Two cups in three minutes.', cents: 4200 },
  { id: 'clock', name: 'Alarm clock', text: 'Two hands, one bell, no notifications.', cents: 2600 },
];

const byId = new Map(products.map((product) => [product.id, product]));
const MONEY = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });

/** @param {string} id */
export function findProduct(id) {
  return byId.get(id);
}

/** @param {number} cents */
export function price(cents) {
  return MONEY.format(cents / 100);
}
