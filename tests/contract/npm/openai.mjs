// The client `openai`: any method by its dotted name.

import Newest from 'openai';
import Older from 'openai-older';
import { toldError } from './errors.mjs';

const LINES = { newest: Newest, older: Older };

export async function callOpenAI({ line, api, key, headers, method, args }, fetch) {
  const client = new LINES[line]({ baseURL: api, apiKey: key, defaultHeaders: headers, fetch });
  const names = method.split('.');
  const owner = names.slice(0, -1).reduce((place, name) => place[name], client);
  const { data, response } = await owner[names.at(-1)](...args.map(revived)).withResponse();
  return { ...(await told(data)), headers: Object.fromEntries(response.headers) };
}

/** Files come as {file: base64, name, type}, since JSON has none. */
function revived(value) {
  if (Array.isArray(value)) return value.map(revived);
  if (value === null || typeof value !== 'object') return value;
  if (value.file !== undefined && value.name !== undefined)
    return new File([Buffer.from(value.file, 'base64')], value.name, { type: value.type });
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, revived(one)]));
}

async function told(data) {
  if (data instanceof Response)
    return { data: Buffer.from(await data.arrayBuffer()).toString('base64') };
  if (typeof data?.[Symbol.asyncIterator] === 'function') return all(data);
  return { data };
}

/** Every event of a stream, or every item of a list whatever its pages; and what ended it badly. */
async function all(items) {
  const data = [];
  try {
    for await (const item of items) data.push(item);
  } catch (error) {
    return { data, error: toldError(error) };
  }
  return { data };
}
