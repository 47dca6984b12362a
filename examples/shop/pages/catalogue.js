import express from 'express';
import { price, products } from '../catalogue.js';
import { html } from '../html.js';
import { page, visitorOf } from '../layout.js';

export const cataloguePages = express.Router();

cataloguePages.get('/', (request, response) => {
  const content = html`
    <p class="lead">Small things for a stay.</p>
    <ul class="products">${products.map(card)}</ul>`;
  response.send(page({ title: 'The shop', visitor: visitorOf(request.session), content }));
});

/** @param {import('../catalogue.js').Product} product */
function card({ id, name, text, cents }) {
  return html`
    <li class="card">
      <img src="/pictures/${id}.svg" alt="" width="320" height="200">
      <h2>${name}</h2>
      <p>${text}</p>
      <form method="post" action="/cart" class="row">
        <input type="hidden" name="product" value="${id}">
        <strong>${price(cents)}</strong>
        <button aria-label="Add ${name} to the cart">Add to cart</button>
      </form>
    </li>`;
}
