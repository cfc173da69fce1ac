// Starts hubs for the tests and for `npm run types`: the real binary (HUB_BIN, or built here), on
// loopback, at ports that the system chooses, in a directory that goes away with it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
let binary = process.env.HUB_BIN;

/** The path of the hub's binary, built at the first call. */
export function hubBinary() {
  if (!binary) {
    const dir = mkdtempSync(join(tmpdir(), 'concord-hub-'));
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
    binary = join(dir, 'hub');
    execFileSync('go', ['build', '-o', binary, './cmd/hub'], { cwd: root, stdio: 'inherit' });
  }
  return binary;
}

/** A free port of this machine. */
export function freePort() {
  return new Promise((done, failed) => {
    const s = createServer();
    s.once('error', failed);
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => done(port));
    });
  });
}

/** Runs a hub; the answer has its address, what it printed, and how to stop it. */
export async function startHub({ args = ['--demo'], dir, http, mqtt, lang = 'en' } = {}) {
  const own = !dir;
  dir ??= mkdtempSync(join(tmpdir(), 'concord-data-'));
  http ??= await freePort();
  mqtt ??= await freePort();
  const url = `http://127.0.0.1:${http}`;
  const broker = args.includes('--broker') ? [] : ['--mqtt', `127.0.0.1:${mqtt}`];
  const child = spawn(hubBinary(), ['run', '--data', dir, '--http', `127.0.0.1:${http}`, ...broker, '--discover=false', '--lang', lang, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (b) => (output += b));
  child.stderr.on('data', (b) => (output += b));
  const gone = new Promise((done) => child.once('exit', done));
  for (let i = 0; ; i++) {
    if (child.exitCode !== null || i > 900) throw new Error(`the hub did not start:\n${output}`);
    const ok = await fetch(`${url}/healthz`).then((r) => r.ok, () => false);
    if (ok) break;
    await new Promise((r) => setTimeout(r, 100));
  }
  return {
    url, dir, http, mqtt, pid: child.pid,
    output: () => output,
    /** The command line's token: an admin's. */
    token: () => (existsSync(join(dir, 'token')) ? readFileSync(join(dir, 'token'), 'utf8').trim() : ''),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await gone;
      if (own) rmSync(dir, { recursive: true, force: true });
    },
  };
}
