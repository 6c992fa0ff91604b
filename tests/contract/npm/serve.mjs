// Calls npm's clients for tests that are written elsewhere: a call a line in, its outcome a line out.
//
// Calls run side by side. Outcomes come as they are ready, each with the id of its call.

import { createInterface } from 'node:readline';
import { callAi } from './ai.mjs';
import { callOpenAI } from './openai.mjs';
import { toldError } from './errors.mjs';

const CLIENTS = { openai: callOpenAI, ai: callAi };

async function answer(line) {
  const { id, client, ...call } = JSON.parse(line);
  const sent = [];
  const outcome = await CLIENTS[client](call, noting(sent)).catch((error) => ({
    error: toldError(error),
  }));
  process.stdout.write(JSON.stringify({ id, sent, ...outcome }) + '\n');
}

/** The fetch of Node.js, which keeps what it was asked and answered. */
function noting(sent) {
  return async (address, options) => {
    const { protocol, pathname, search } = new URL(String(address));
    if (protocol === 'data:') return fetch(address, options); // a client tries out what fetch can do
    const entry = { method: options?.method ?? 'GET', path: pathname + search, status: 0 };
    sent.push(entry);
    const response = await fetch(address, options);
    entry.status = response.status;
    entry.job_id = response.headers.get('x-job-id');
    return response;
  };
}

createInterface({ input: process.stdin }).on('line', answer);
