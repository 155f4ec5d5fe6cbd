/** The text of a note that was closed while something typed in it was under way: goes on without a page. */
import { Transaction, type EditorState, type TransactionSpec } from '@codemirror/state';
import type { Editor } from './collab-client.ts';

export class Parted implements Editor {
  state: EditorState;

  constructor(state: EditorState) {
    this.state = state;
  }
  dispatch(transaction: Transaction | TransactionSpec): void {
    this.state = (transaction instanceof Transaction ? transaction : this.state.update(transaction)).state;
  }
}
