// Verifies a Sigstore bundle with the unmodified @sigstore/verify.
// usage: node sigstore-verify.mjs BUNDLE TRUSTED-ROOT KEYS TLOG-THRESHOLD
// KEYS is a JSON object {hint: base64 SubjectPublicKeyInfo}. Prints "accepted" (exit 0) or "rejected: <code>: <why>" (exit 1).
import { readFileSync } from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';

const [bundlePath, rootPath, keysPath, threshold] = process.argv.slice(2);
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
try {
  const keys = Object.fromEntries(Object.entries(json(keysPath)).map(([hint, spki]) => [hint, { rawBytes: Buffer.from(spki, 'base64') }]));
  const trust = toTrustMaterial(TrustedRoot.fromJSON(json(rootPath)), keys);
  const verifier = new Verifier(trust, { ctlogThreshold: 0, tlogThreshold: Number(threshold), timestampThreshold: 0 });
  verifier.verify(toSignedEntity(bundleFromJSON(json(bundlePath))));
  console.log('accepted');
} catch (error) {
  console.log(`rejected: ${error.code ?? error.name}: ${error.message}`);
  process.exitCode = 1;
}
