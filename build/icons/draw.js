/** Draws cove.svg as PNG files in all sizes that the packages need. Run by `node build/draw-icons.mjs`. */
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { app, BrowserWindow } = require('electron');

const sizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

/** Runs in the page: the picture as base64 of a PNG. */
const draw = (/** @type {string} */ svg, /** @type {number} */ size) => `(async () => {
  const picture = new Image(${size}, ${size});
  picture.src = 'data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}';
  await picture.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: ${size}, height: ${size} });
  canvas.getContext('2d').drawImage(picture, 0, 0, ${size}, ${size});
  return canvas.toDataURL('image/png').split(',')[1];
})()`;

void app.whenReady().then(async () => {
  const svg = readFileSync(join(__dirname, 'cove.svg'), 'utf8');
  const window = new BrowserWindow({ show: false });
  await window.loadURL('about:blank');
  mkdirSync(join(__dirname, 'png'), { recursive: true });
  for (const size of sizes) {
    const png = Buffer.from(await window.webContents.executeJavaScript(draw(svg, size)), 'base64');
    writeFileSync(join(__dirname, 'png', `${size}x${size}.png`), png);
  }
  app.quit();
});
