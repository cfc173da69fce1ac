// Writes the API's types from the description that the hub itself serves. `--check` compares only.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { startHub } from './hub.mjs';

const path = new URL('../src/generated/api.d.ts', import.meta.url);

export async function typesOf(url) {
  const spec = await fetch(`${url}/api/openapi.json`).then((r) => r.json());
  return `// Code generated from the hub's /api/openapi.json by scripts/types.mjs. DO NOT EDIT.\n${astToString(await openapiTS(spec))}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const hub = await startHub();
  try {
    const text = await typesOf(hub.url);
    if (!process.argv.includes('--check')) writeFileSync(path, text);
    else if (readFileSync(path, 'utf8') !== text) throw new Error('src/generated/api.d.ts is old: run `npm run types`');
  } finally {
    await hub.stop();
  }
}
