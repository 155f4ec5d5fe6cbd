/** Pictures in notes: chosen, pasted and dropped; seen by the others; and nothing else that calls itself a picture. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, crc32 } from 'node:zlib';
import { expect, test } from '@playwright/test';
import type { Computer } from './computer.ts';
import { byFile, said } from './by-file.ts';
import { startCove, type Cove } from './cove.ts';
import { startingCoves, using } from './coves.ts';
import { Person } from './person.ts';
import { mainStory } from './story.ts';
import { look } from './views.ts';

const folder = mkdtempSync(join(tmpdir(), 'cove-pictures-'));
const { start, computers } = startingCoves();
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In the picture as it is stored nowhere but sealed: as colours of its palette. */
const CANARY = 'a-canary-among-the-beans';
const PLACE = 'taken at 47.37 N';

/** A PNG of one colour, perhaps with a text in it. */
function png(width: number, height: number, [red, green, blue]: readonly [number, number, number], text = ''): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([red, green, blue]))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', head), chunk('PLTE', Buffer.from(CANARY)), chunk('IDAT', pixels)];
  if (text !== '') chunks.splice(1, 0, chunk('tEXt', Buffer.from(`Comment\0${text}`)));
  return Buffer.concat([signature, ...chunks, chunk('IEND', Buffer.alloc(0))]);
}

/** A real one as a camera makes it that lies on its side: Exif, of which Chromium's own has none, in front. */
async function photo({ page }: Person, width: number, height: number): Promise<Buffer> {
  const base64 = await page.evaluate(
    ([width, height]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      return canvas.toDataURL('image/jpeg').split(',')[1] as string;
    },
    [width, height],
  );
  const bare = Buffer.from(base64, 'base64');
  const directory = [0, 2, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0x01, 0x0e, 0, 2, 0, 0, 0, 16, 0, 0, 0, 38];
  const tiff = Buffer.concat([Buffer.from('MM\0*\0\0\0\x08', 'latin1'), Buffer.from([...directory, 0, 0, 0, 0])]);
  const exif = Buffer.concat([Buffer.from('Exif\0\0'), tiff, Buffer.from(PLACE)]);
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([bare.subarray(0, 2), marker, exif, bare.subarray(2)]);
}

/** What a member gets who saves it. */
async function saved(cove: Cove, person: Person, words: string): Promise<Buffer> {
  const copy = join(folder, `copy ${words}`);
  await cove.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, copy);
  await pictureOf(person, words).hover();
  await person.page.getByRole('button', { name: `Save “${words}” as a file…` }).click();
  await expect.poll(() => existsSync(copy)).toBe(true);
  await expect(person.page.getByTestId('toast').filter({ hasText: 'is saved' }).last()).toBeVisible();
  return readFileSync(copy);
}

const pictureOf = (person: Person, words: string) => person.text.getByRole('img', { name: words });
const isShown = async (person: Person, words: string, width: number): Promise<void> => {
  const natural = () => pictureOf(person, words).evaluate((image: HTMLImageElement) => image.naturalWidth);
  await expect.poll(natural, { timeout: 30_000 }).toBe(width);
};

/** As one does with the system's own window for choosing files. */
async function choose(person: Person, path: string): Promise<void> {
  const chooser = person.page.waitForEvent('filechooser');
  await person.page.getByRole('button', { name: 'Note options' }).click();
  await person.page.getByRole('menuitem', { name: 'Add a picture…' }).click();
  await (await chooser).setFiles(path);
}

/** As another program does that has a picture on the clipboard, or lets it be dragged here. */
async function hand(person: Person, how: 'paste' | 'drop', name: string, bytes: Buffer): Promise<void> {
  await person.text.evaluate(
    (text, { how, name, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name, { type: 'image/png' }));
      const { left, bottom } = (text.lastElementChild ?? text).getBoundingClientRect();
      const common = { bubbles: true, cancelable: true };
      const event =
        how === 'paste'
          ? new ClipboardEvent('paste', { ...common, clipboardData: data })
          : new DragEvent('drop', { ...common, dataTransfer: data, clientX: left + 4, clientY: bottom - 4 });
      text.dispatchEvent(event);
    },
    { how, name, bytes: bytes.toString('base64') },
  );
}

/** Whether any file under here has these words. */
function holds(path: string, words: string): boolean {
  return readdirSync(path, { withFileTypes: true, recursive: true }).some(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(words),
  );
}

test('a picture that is added to a note is there for the others, stays over a restart, and lies nowhere in the clear', async () => {
  test.setTimeout(180_000);
  const [atAna, atBen] = [await start('ana'), await start('ben')];
  const [ana, ben] = [new Person('Ana', atAna.window), new Person('Ben', atBen.window)];
  for (const { says, does } of mainStory(ana, ben)) await test.step(says, does);
  const bed = join(folder, 'bed [east].png');
  writeFileSync(bed, png(320, 200, [90, 140, 90], PLACE));

  await ana.type('\n');
  await choose(ana, bed);
  await isShown(ana, 'bed east .png', 320);
  await expect(ana.page.getByTestId('toast').filter({ hasText: 'is left out' })).toBeVisible();
  await ana.type('\nafter it');
  await look(atAna, 'picture in a note');
  await isShown(ben, 'bed east .png', 320);

  await test.step('pasted, and dropped', async () => {
    await ana.text.click();
    await ana.page.keyboard.press('Control+End');
    await hand(ana, 'paste', 'pasted.png', png(64, 48, [200, 80, 60]));
    await isShown(ben, 'pasted.png', 64);
    await hand(ana, 'drop', 'dropped.png', png(80, 40, [60, 80, 200]));
    await isShown(ben, 'dropped.png', 80);
    await isShown(ana, 'pasted.png', 64);
  });

  await test.step('looked at as large as the window allows, and in its own size', async () => {
    const vast = join(folder, 'vast.png');
    writeFileSync(vast, png(2_400, 1_500, [120, 100, 160]));
    await choose(ana, vast);
    await isShown(ana, 'vast.png', 2_400);
    await pictureOf(ana, 'vast.png').hover();
    await ana.page.getByRole('button', { name: 'Show “vast.png” large' }).click();
    const dialog = ana.page.getByRole('dialog', { name: 'vast.png' });
    const widthOf = async () => (await dialog.getByRole('img').boundingBox())?.width ?? 0;
    await expect(dialog.getByRole('img')).toBeVisible();
    await look(atAna, 'picture as large as the window allows');
    expect(await widthOf()).toBeGreaterThan(600);
    await dialog.getByRole('button', { name: 'Show in its own size' }).click();
    await expect.poll(widthOf).toBe(2_400);
    await dialog.getByRole('button', { name: 'Show as large as the window allows' }).click();
    await expect.poll(widthOf).toBeLessThan(1_000);
    await ana.page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  });

  await test.step('counted', async () => {
    await ana.page.keyboard.press('Control+Comma');
    await ana.page.getByRole('tab', { name: 'Storage' }).click();
    await expect(ana.page.getByText(/Pictures and files take \d+ kB besides; they may take 17\.2 GB\./)).toBeVisible();
    await expect(ana.page.getByText(/, pictures and files \d+ kB of at most 4\.3 GB$/)).toBeVisible();
    await look(atAna, 'storage with pictures');
    await ana.page.keyboard.press('Escape');
  });

  await test.step('saved as a file by somebody else', async () => {
    // As it was added, without what was written into it.
    expect((await saved(atBen, ben, 'bed east .png')).equals(png(320, 200, [90, 140, 90]))).toBe(true);
  });

  await test.step('a photo that lies on its side stands, and does not say where it was taken, unless its owner wants that', async () => {
    const taken = await photo(ana, 120, 90);
    const end = () => ana.text.click().then(() => ana.page.keyboard.press('Control+End'));
    await end();
    await hand(ana, 'paste', 'photo.jpg', taken);
    await isShown(ben, 'photo.jpg', 90);
    expect((await saved(atBen, ben, 'photo.jpg')).includes(PLACE)).toBe(false);
    await ana.page.keyboard.press('Control+Comma');
    await ana.page.getByRole('checkbox', { name: 'Keep what is written into pictures' }).check();
    await ana.page.keyboard.press('Escape');
    await end();
    await hand(ana, 'paste', 'kept.jpg', taken);
    await expect(ana.page.getByTestId('toast').filter({ hasText: 'goes to everybody' })).toBeVisible();
    await isShown(ben, 'kept.jpg', 90);
    expect((await saved(atBen, ben, 'kept.jpg')).equals(taken)).toBe(true);
  });

  await test.step('what only calls itself a picture is refused, and so is a huge one', async () => {
    const text = join(folder, 'text.png');
    writeFileSync(text, '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    await choose(ana, text);
    await expect(ana.page.getByTestId('toast').filter({ hasText: 'no picture that Cove can show' })).toBeVisible();
    const huge = join(folder, 'huge.png');
    writeFileSync(huge, Buffer.alloc(33 * 1024 * 1024));
    await choose(ana, huge);
    await expect(ana.page.getByTestId('toast').filter({ hasText: 'larger than 32 megabytes' })).toBeVisible();
    await expect(ana.text.getByRole('img')).toHaveCount(6);
  });

  await atBen.quit();
  const late = join(folder, 'late.png');
  writeFileSync(late, png(500, 100, [240, 200, 40]));
  await ana.page.keyboard.press('Control+End');
  await choose(ana, late);
  await isShown(ana, 'late.png', 500);
  await ana.type('\nand the last row');
  const changes = join(folder, 'Garden.cove-bundle');
  await byFile(atAna, changes);
  await said(atAna, 'Save a file…', /^Saved: /);
  await atAna.quit();
  await test.step('what came without its picture says what that waits for', () =>
    using(computers[1] as Computer, async (cove) => {
      const alone = new Person('Ben', cove.window);
      await isShown(alone, 'bed east .png', 320);
      await byFile(cove, changes);
      await said(cove, 'Take in a file…', /^Taken in: /);
      await cove.window.keyboard.press('Escape');
      await expect(alone.text.getByText('comes as soon as a device that has it is connected')).toBeVisible();
      await look(cove, 'picture that is not here');
      const back = await startCove(computers[0] as Computer);
      await isShown(alone, 'late.png', 500);
      await back.quit();
    }));

  for (const { dataDir } of computers) expect(holds(dataDir, CANARY), dataDir).toBe(false);
  const control = join(folder, 'control');
  writeFileSync(control, CANARY);
  expect(holds(folder, CANARY) && existsSync(control), 'control: it would be found').toBe(true);
});
