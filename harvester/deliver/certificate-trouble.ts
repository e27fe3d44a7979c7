import { oneLine } from '../log.ts';

const UNKNOWN_AUTHORITY =
  'its certificate is signed by nobody this machine trusts; if the authority is your own, set NESTER_CA to the file of its certificate (PEM)';

/** What Node and OpenSSL say of a certificate that was not accepted, in words that help. */
const TROUBLES = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_AUTHORITY],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', `${UNKNOWN_AUTHORITY}; or the Nester sends less than the whole chain`],
  ['CERT_SIGNATURE_FAILURE', UNKNOWN_AUTHORITY],
  ['CERT_HAS_EXPIRED', 'its certificate has expired, or the clock of this machine is ahead'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet, or the clock of this machine is behind'],
]);

/** Why a connection that was to be TLS is none, in one line; `undefined`: for another reason. */
export function certificateTrouble(error: Error): string | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another name: ${oneLine(error.message)}`;
  if (/wrong version number/i.test(error.message)) return 'it does not speak TLS there; its address may begin with http://';
  const words = TROUBLES.get(code);
  return words === undefined ? undefined : `${words} (${code})`;
}
