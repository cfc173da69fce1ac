// Releases of the hub for tests: a program that tells its version and opens no house, signed in minisign's format
// (https://jedisct1.github.io/minisign/).
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function newKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const id = randomBytes(8);
  return { id, secret: privateKey, public: Buffer.concat([Buffer.from('Ed'), id, publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]).toString('base64') };
}

/** A release file as a browser's form takes it. */
export function release(key) {
  const program = `#!/bin/sh\ncase "$1" in version) echo '{"version": "v9.9.9"}' ;; *) echo "this is no hub" >&2; exit 1 ;; esac\n`;
  const arch = { x64: 'amd64', arm64: 'arm64', arm: 'arm' }[process.arch];
  const comment = `concord v9.9.9 ${process.platform}/${arch}`;
  const signature = sign(null, createHash('blake2b512').update(program).digest(), key.secret);
  const whole = sign(null, Buffer.concat([signature, Buffer.from(comment)]), key.secret);
  const dir = mkdtempSync(join(tmpdir(), 'concord-release-'));
  writeFileSync(join(dir, 'hub'), program, { mode: 0o755 });
  writeFileSync(join(dir, 'hub.minisig'), `untrusted comment: a release\n${Buffer.concat([Buffer.from('ED'), key.id, signature]).toString('base64')}\ntrusted comment: ${comment}\n${whole.toString('base64')}\n`);
  const buffer = execFileSync('tar', ['-czf', '-', '-C', dir, 'hub', 'hub.minisig']);
  rmSync(dir, { recursive: true });
  return { name: 'concord-v9.9.9.tar.gz', mimeType: 'application/gzip', buffer };
}
