// A shop's catalog, of Express: GET /price asks the next service and says which trace headers it got itself.
// Nothing in it knows about OpenTelemetry. NEXT is the URL that it asks.
'use strict';

const express = require('express');
const pino = require('pino');

const log = pino();
const app = express();

app.get('/health', (request, response) => response.send('ok'));

app.get('/price', async (request, response) => {
  log.info('price asked for');
  const following = process.env.NEXT ? await (await fetch(process.env.NEXT)).json() : null;
  const { traceparent = null, baggage = null } = request.headers;
  response.json({ service: 'catalog', headers: { traceparent, baggage }, next: following });
});

app.listen(Number(process.env.PORT ?? 8080), '0.0.0.0', () => log.info('listening'));
