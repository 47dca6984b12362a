import express from 'express';
import { findProduct, price } from '../catalogue.js';
import { field } from '../form.js';
import { html } from '../html.js';
import { page, visitorOf } from '../layout.js';

export const cartPages = express.Router();

cartPages.get('/cart', (request, response) => {
  const lines = linesOf(request.session.get('cart', {}));
  const content =
    lines.length === 0 ? html`<p>It is empty. <a href="/">To the shop</a></p>` : table(lines);
  response.send(page({ title: 'Your cart', visitor: visitorOf(request.session), content }));
});

cartPages.post('/cart', (request, response) => {
  const { session } = request;
  const product = findProduct(field(request, 'product'));
  if (product === undefined) session.flash('notice', { kind: 'bad', text: 'We do not sell that.' });
  else {
    session.increment(`cart.${product.id}`);
    session.flash('notice', { kind: 'good', text: `${product.name} is in your cart.` });
  }
  response.redirect(303, '/');
});

cartPages.post('/cart/:product', (request, response) => {
  const { session } = request;
  const product = findProduct(request.params.product);
  const quantity = Number(field(request, 'quantity'));
  if (product === undefined || !Number.isInteger(quantity) || quantity < 0 || quantity > 99) {
    session.flash('notice', { kind: 'bad', text: 'A quantity is a whole number from 0 to 99.' });
  } else if (quantity === 0) {
    session.delete(`cart.${product.id}`);
    session.flash('notice', { kind: 'good', text: `${product.name} is out of your cart.` });
  } else {
    session.set(`cart.${product.id}`, quantity);
    const text = `Your cart now has ${quantity} × ${product.name}.`;
    // For the page that the redirect leads to: another tab does not show it.
    session.flash('notice', { kind: 'good', text }, { path: '/cart' });
  }
  response.redirect(303, '/cart');
});

/** @typedef {{ product: import('../catalogue.js').Product, quantity: number }} Line */

/**
 * @param {Record<string, number>} cart
 * @returns {Line[]}
 */
function linesOf(cart) {
  return Object.entries(cart).flatMap(([id, quantity]) => {
    const product = findProduct(id);
    return product === undefined ? [] : [{ product, quantity }];
  });
}

/** @param {Line[]} lines */
function table(lines) {
  const total = lines.reduce((sum, { product, quantity }) => sum + product.cents * quantity, 0);
  return html`
    <table class="cart">
      <thead><tr><th>Product</th><th>Quantity</th><th class="number">Price</th><th></th></tr></thead>
      <tbody>${lines.map(row)}</tbody>
      <tfoot><tr><th colspan="2">Total</th><td class="number">${price(total)}</td><td></td></tr></tfoot>
    </table>`;
}

/** @param {Line} line */
function row({ product: { id, name, cents }, quantity }) {
  return html`
    <tr>
      <td>${name}</td>
      <td>
        <form method="post" action="/cart/${id}" class="row">
          <input type="number" name="quantity" value="${quantity}" min="0" max="99" required aria-label="Quantity of ${name}">
          <button class="quiet">Change</button>
        </form>
      </td>
      <td class="number">${price(cents * quantity)}</td>
      <td>
        <form method="post" action="/cart/${id}">
          <input type="hidden" name="quantity" value="0">
          <button class="quiet" aria-label="Remove ${name}">Remove</button>
        </form>
      </td>
    </tr>`;
}
