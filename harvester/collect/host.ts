import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/**
 * A host as an operator may write it: an IP address, or a name by the grammar of DNS (letters,
 * digits, `-`, `_`; other alphabets become punycode). Returns `undefined` for everything else,
 * so that no text can be taken for an option (`-oN/etc/x`) or for a command.
 */
export function parseHost(text: string): string | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') && isIPv6(text.slice(1, -1)) ? text.slice(1, -1) : text;
  if (isIP(bare) !== 0) return bare;
  // domainToASCII is lenient about what a URL would not allow; the grammar below is not.
  const ascii = /^[\x21-\x7e]*$/.test(bare) ? bare : domainToASCII(bare);
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  if (name.length === 0 || name.length > 253) return undefined;
  return name.split('.').every((label) => LABEL.test(label)) ? name : undefined;
}
