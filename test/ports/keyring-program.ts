/**
 * A Cove on another computer's keyring, told what to do by its parent. In a process of its own, as libsecret finds its
 * bus once per process.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import keytar from 'keytar';
import { Client, CoveError, dataDirFrom } from '../../main/client/index.ts';

export type Task =
  | { readonly do: 'open' }
  /** What a person does who believes that there is nobody here yet: asks for a new identity. */
  | { readonly do: 'move in' }
  | { readonly do: 'read item' }
  | { readonly do: 'write item'; readonly text: string }
  | { readonly do: 'delete item' };

const account = () => readFileSync(join(dataDirFrom({}), 'profile-id'), 'utf8').trim();

async function perform(task: Task): Promise<string | null> {
  switch (task.do) {
    case 'open':
    case 'move in':
      return open(task.do === 'move in');
    case 'read item':
      return keytar.getPassword('cove', account());
    case 'write item':
      await keytar.setPassword('cove', account(), task.text);
      return null;
    case 'delete item':
      return String(await keytar.deletePassword('cove', account()));
  }
}

/** Whose profile it is, or what was said instead. */
async function open(movesIn: boolean): Promise<string> {
  const client = new Client();
  try {
    await client.initialize();
    if (movesIn && !client.halo.profile) await client.halo.createProfile();
    return client.halo.profile?.identityId ?? 'nobody yet';
  } catch (error) {
    return error instanceof CoveError ? error.type : String(error);
  } finally {
    await client.destroy();
  }
}

process.on('message', (task: Task) => void perform(task).then((said) => process.send?.(said)));
