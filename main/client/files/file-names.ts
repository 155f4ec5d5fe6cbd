/** Titles as names of files that every system takes, no two of them alike where capitals do not count. */

/** Windows takes none of these, and no dot or space at the end. */
const FORBIDDEN = /[<>:"/\\|?*\p{Cc}]/gu;
/** Its names of devices, which are theirs with any ending. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³])(?= *(?:\.|$))/i;
/** In bytes; the most is 255 with the number and the ending. */
const LONGEST = 200;

export function nameGiver(): (title: string) => string {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return (title) => {
    const name = fileName(title);
    const key = folded(name);
    let given = name;
    let number = next.get(key) ?? 1;
    while (taken.has(folded(given))) given = `${name} ${++number}`;
    next.set(key, number);
    taken.add(folded(given));
    return given;
  };
}

/** Systems that take capitals for small letters take some small letters for each other as well, such as ς and σ. */
const folded = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase();

/** A title as the name of a file, without its ending. `instead`: where nothing of it can stay. */
export function fileName(title: string, instead = 'Untitled'): string {
  let name = title.normalize('NFC').replace(FORBIDDEN, ' ').replace(/\s+/g, ' ').trim();
  while (Buffer.byteLength(name) > LONGEST) name = [...name].slice(0, -1).join('');
  name = name.replace(/^[. ]+/, '').replace(/[. ]+$/, '');
  if (name === '') return instead;
  return name.replace(RESERVED, '$1_');
}
