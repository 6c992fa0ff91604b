// The AI SDK: `generateImage` with either of its providers for servers like OpenAI's.

import * as newest from 'ai';
import * as older from 'ai-older';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAI as createOlder } from '@ai-sdk/openai-older';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createOpenAICompatible as createOlderCompatible } from '@ai-sdk/openai-compatible-older';

const LINES = {
  newest: { ...newest, openai: createOpenAI, compatible: createOpenAICompatible },
  older: { ...older, openai: createOlder, compatible: createOlderCompatible },
};

export async function callAi({ line, api, key, headers, provider, model, request }, fetch) {
  const sdk = LINES[line];
  const made = sdk[provider]({ name: 'limner', baseURL: api, apiKey: key, headers, fetch });
  const answer = await sdk.generateImage({
    model: made.imageModel(model),
    ...request,
    prompt: revived(request.prompt),
  });
  return {
    data: {
      images: answer.images.map(({ mediaType, base64 }) => ({ mediaType, b64_json: base64 })),
      usage: answer.usage,
      metadata: answer.providerMetadata,
      warnings: answer.warnings,
    },
    headers: answer.responses[0].headers,
  };
}

/** A prompt with pictures has them in base64, since JSON has no bytes. */
function revived(prompt) {
  if (typeof prompt === 'string') return prompt;
  const bytes = (text) => Buffer.from(text, 'base64');
  const { text, images, mask } = prompt;
  return { text, images: images.map(bytes), ...(mask && { mask: bytes(mask) }) };
}
