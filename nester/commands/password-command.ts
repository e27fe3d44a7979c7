import { hashPassword } from '../auth/people/password.ts';
import { LEAST_PASSWORD } from '../config.ts';
import type { CommandResult } from './key-commands.ts';

/** Where a password is typed, or comes from another program. */
export interface PasswordInput extends AsyncIterable<Buffer | string> {
  isTTY?: boolean | undefined;
  setRawMode?: (isRaw: boolean) => unknown;
}

/**
 * `nester password`: asks for a password and says what `NESTER_PASSWORD_HASH` is to be. On a
 * terminal nothing of it is shown; from another program it is the first line that comes.
 */
export async function runPasswordCommand(input: PasswordInput, ask: (text: string) => void): Promise<CommandResult> {
  const password = await readPassword(input, ask);
  if (password === undefined) return { code: 1, complain: 'nothing was typed' };
  if (Array.from(password).length < LEAST_PASSWORD) return { code: 1, complain: `expected at least ${LEAST_PASSWORD} characters` };
  const { text } = await hashPassword(password);
  return { code: 0, say: `${text}\n` };
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES = new Set(['\b', '\u007f']);

async function readPassword(input: PasswordInput, ask: (text: string) => void): Promise<string | undefined> {
  const isTyped = input.isTTY === true;
  if (isTyped) {
    ask('Password: ');
    input.setRawMode?.(true);
  }
  const typed: string[] = [];
  try {
    for await (const chunk of input) {
      for (const character of String(chunk)) {
        if (character === '\n' || character === '\r') return typed.join('');
        if (isTyped && (character === CTRL_C || character === CTRL_D)) return undefined;
        if (isTyped && BACKSPACES.has(character)) typed.pop();
        else typed.push(character);
      }
    }
    return typed.length === 0 ? undefined : typed.join('');
  } finally {
    if (isTyped) {
      input.setRawMode?.(false);
      ask('\n');
    }
  }
}
