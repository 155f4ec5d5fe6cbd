/** What stands in the place of Markdown's marks: check boxes, bullets, rules, and images that are not loaded. */
import { type EditorView, WidgetType } from '@codemirror/view';
import { messages } from '../../messages/index.ts';

export class TaskWidget extends WidgetType {
  readonly checked: boolean;
  readonly words: string;
  readonly readOnly: boolean;
  constructor(checked: boolean, words: string, readOnly: boolean) {
    super();
    this.checked = checked;
    this.words = words;
    this.readOnly = readOnly;
  }
  override eq(other: TaskWidget): boolean {
    return this.checked === other.checked && this.words === other.words && this.readOnly === other.readOnly;
  }
  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.className = 'cm-task-box';
    box.checked = this.checked;
    box.disabled = this.readOnly;
    box.ariaLabel = messages.editor.task(this.words);
    // The caret stays where it is: ticking is no editing of that line.
    box.addEventListener('mousedown', (event) => event.preventDefault());
    box.addEventListener('click', (event) => {
      event.preventDefault();
      toggleTask(view, view.posAtDOM(box));
    });
    const holder = document.createElement('span');
    holder.className = 'cm-task';
    holder.append(box);
    return holder;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

/** Ticks or unticks the task on the line of `position`; answers whether there was one. */
export function toggleTask(view: EditorView, position: number): boolean {
  const line = view.state.doc.lineAt(position);
  const marker = /^\s*(?:>\s*)*(?:[-*+]|\d+[.)])\s+\[([ xX])\]/.exec(line.text);
  if (marker === null || view.state.readOnly) return false;
  const at = line.from + marker[0].length - 2;
  view.dispatch({ changes: { from: at, to: at + 1, insert: marker[1] === ' ' ? 'x' : ' ' }, userEvent: 'input.task' });
  return true;
}

export class BulletWidget extends WidgetType {
  override eq(): boolean {
    return true;
  }
  override toDOM(): HTMLElement {
    const bullet = document.createElement('span');
    bullet.className = 'cm-bullet';
    bullet.textContent = '•';
    return bullet;
  }
}

export class RuleWidget extends WidgetType {
  override eq(): boolean {
    return true;
  }
  override toDOM(): HTMLElement {
    const rule = document.createElement('span');
    rule.className = 'cm-rule';
    return rule;
  }
}

/** Loading an image would tell its server who reads this note, and when. So none is. */
export class ImageWidget extends WidgetType {
  readonly words: string;
  constructor(words: string) {
    super();
    this.words = words;
  }
  override eq(other: ImageWidget): boolean {
    return this.words === other.words;
  }
  override toDOM(): HTMLElement {
    const box = document.createElement('span');
    box.className = 'cm-image';
    const title = document.createElement('strong');
    title.textContent = this.words;
    box.append(...(this.words === '' ? [] : [title]), messages.editor.image);
    return box;
  }
  override ignoreEvent(): boolean {
    return false;
  }
}
