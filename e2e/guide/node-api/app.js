// The guide's API gateway: GET /checkout/<order> asks the order service and hands its answer on.
'use strict';

const express = require('express');

const orders = process.env.ORDERS_URL ?? 'http://python-orders:8080';
const app = express();

app.get('/checkout/:order', async (request, response) => {
  const answer = await fetch(`${orders}/orders/${encodeURIComponent(request.params.order)}`);
  response.status(answer.status).json(await answer.json());
});

app.listen(Number(process.env.PORT ?? 8080), '0.0.0.0');
