/** Pictures of a note: shown in the place of the Markdown that names them, and added by pasting, dropping and choosing. */
import { Facet, type Extension } from '@codemirror/state';
import { EditorView, WidgetType } from '@codemirror/view';
import { pictureAddress, picturePath } from '../../../preload/contract/picture-address.ts';
import type { Picture } from '../../../preload/contract/pictures.ts';
import { messages } from '../../messages/index.ts';

/** Where an editor gets its pictures from. */
export interface Pictures {
  readonly spaceId: string;
  /** `tell` hears of it now and after each change, null where there is none; returns the cancel. */
  watch(fileId: string, tell: (picture: Picture | null) => void): () => void;
  /** Stores it and gives its id; null: it could not be, which was said. */
  add(file: File): Promise<string | null>;
  /** Shows it as large as the window allows. */
  enlarge(fileId: string, name: string): void;
  /** Writes a copy into a file that the person chooses. */
  save(fileId: string): void;
}

export const picturesOf = Facet.define<Pictures, Pictures | null>({ combine: ([first]) => first ?? null });

export class PictureWidget extends WidgetType {
  readonly fileId: string;
  readonly words: string;
  constructor(fileId: string, words: string) {
    super();
    this.fileId = fileId;
    this.words = words;
  }
  override eq(other: PictureWidget): boolean {
    return this.fileId === other.fileId && this.words === other.words;
  }
  override toDOM(view: EditorView): HTMLElement {
    const place = document.createElement('span');
    place.className = 'cm-picture';
    const pictures = view.state.facet(picturesOf);
    if (pictures === null) return place;
    const shown = new ShownPicture(place, pictures, this, () => view.requestMeasure());
    SHOWN.set(place, shown);
    return place;
  }
  override destroy(place: HTMLElement): void {
    SHOWN.get(place)?.stop();
  }
  override ignoreEvent(event: Event): boolean {
    return event.target instanceof Element && event.target.closest('button') !== null;
  }
}

/** Images that were shown lately, by path: an editor makes its widgets anew as one goes through a text, and they would flicker. */
const LATELY = new Map<string, HTMLImageElement>();
const MOST_LATELY = 32;

function imageAt(path: string): HTMLImageElement {
  const known = LATELY.get(path);
  // The same picture a second time in one text has an image of its own.
  if (known !== undefined && !known.isConnected) return known;
  const image = document.createElement('img');
  image.draggable = false;
  image.src = path;
  LATELY.delete(path);
  LATELY.set(path, image);
  for (const oldest of LATELY.keys()) if (LATELY.size > MOST_LATELY) LATELY.delete(oldest);
  return image;
}

const SHOWN = new WeakMap<HTMLElement, ShownPicture>();

const HERE = { name: '', size: null, state: 'here', waits: null, part: 1 } as const;

/** A sentence until it is here, and the picture then. */
class ShownPicture {
  readonly stop: () => void;
  readonly #place: HTMLElement;
  readonly #pictures: Pictures;
  readonly #widget: PictureWidget;
  readonly #resized: () => void;
  #image: HTMLImageElement | undefined;

  constructor(place: HTMLElement, pictures: Pictures, widget: PictureWidget, resized: () => void) {
    this.#place = place;
    this.#pictures = pictures;
    this.#widget = widget;
    this.#resized = resized;
    if (LATELY.has(picturePath(pictures.spaceId, widget.fileId))) this.#load({ ...HERE, name: widget.words });
    this.stop = pictures.watch(widget.fileId, (picture) => this.#show(picture));
  }

  #show(picture: Picture | null): void {
    const words = messages.pictures;
    if (picture === null) return this.#say(words.gone);
    if (picture.state === 'here') return this.#load(picture);
    this.#say(picture.state === 'coming' ? words.coming(picture.part) : words.waits(picture.waits), picture);
  }

  #say(sentence: string, picture?: Picture): void {
    this.#image = undefined;
    const box = document.createElement('span');
    box.className = 'cm-image';
    const name = this.#widget.words || picture?.name;
    if (name) box.append(Object.assign(document.createElement('strong'), { textContent: name }));
    box.append(sentence);
    this.#place.replaceChildren(box);
    this.#resized();
  }

  #load({ name, size }: Picture): void {
    if (this.#image !== undefined) return;
    const { fileId, words } = this.#widget;
    const path = picturePath(this.#pictures.spaceId, fileId);
    const image = (this.#image = imageAt(path));
    image.alt = words || name;
    if (size !== null) Object.assign(image, size);
    image.onload = this.#resized;
    image.onerror = () => {
      LATELY.delete(path);
      this.#say(messages.pictures.unusable);
    };
    this.#place.replaceChildren(image, this.#actions(fileId, image.alt || messages.pictures.untitled));
    this.#resized();
  }

  #actions(fileId: string, name: string): HTMLElement {
    const { enlarge, save } = messages.pictures;
    const all = document.createElement('span');
    all.className = 'cm-picture-actions';
    all.append(
      button('⤢', enlarge(name), () => this.#pictures.enlarge(fileId, name)),
      button('↓', save(name), () => this.#pictures.save(fileId)),
    );
    return all;
  }
}

function button(sign: string, label: string, act: () => void): HTMLElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.ariaLabel = made.title = label;
  made.textContent = sign;
  made.addEventListener('click', act);
  return made;
}

/** Stores it and names it where the caret is then, on a line of its own. */
export async function addPicture(view: EditorView, file: File): Promise<void> {
  const pictures = view.state.facet(picturesOf);
  if (pictures === null || view.state.readOnly) return;
  const fileId = await pictures.add(file);
  if (fileId === null || view.state.readOnly || !view.dom.isConnected) return;
  const words = (file.name || messages.pictures.untitled).replaceAll(/[[\]\\\s]+/g, ' ').trim();
  const { from } = view.state.selection.main;
  const before = from === view.state.doc.lineAt(from).from ? '' : '\n';
  const named = view.state.replaceSelection(`${before}![${words}](${pictureAddress(fileId)})\n`);
  view.dispatch(named, { userEvent: 'input.picture', scrollIntoView: true });
}

/** Pictures that are pasted or dropped. Text that comes with them is what was meant: programs put a picture of it beside. */
export function addingPictures(): Extension {
  const imagesIn = (data: DataTransfer | null): readonly File[] =>
    data === null || data.getData('text/plain') !== ''
      ? []
      : [...data.files].filter(({ type }) => type.startsWith('image/'));
  const addAll = async (view: EditorView, files: readonly File[]): Promise<void> => {
    for (const file of files) await addPicture(view, file);
  };
  const take = (view: EditorView, event: Event, files: readonly File[]): boolean => {
    if (files.length === 0) return false;
    event.preventDefault();
    void addAll(view, files);
    return true;
  };
  return EditorView.domEventHandlers({
    paste: (event, view) => take(view, event, imagesIn(event.clipboardData)),
    drop(event, view) {
      const files = imagesIn(event.dataTransfer);
      const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
      if (files.length > 0 && at !== null) view.dispatch({ selection: { anchor: at } });
      return take(view, event, files);
    },
  });
}
