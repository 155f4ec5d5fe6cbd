/** The smallest Electron app: one window, as sandboxed as Cove's own, on the address it is given. */
const { app, BrowserWindow } = require('electron');

void app.whenReady().then(() => {
  const window = new BrowserWindow({
    useContentSize: true,
    width: 1280,
    height: 800,
    webPreferences: { sandbox: true, contextIsolation: true },
  });
  void window.loadURL(process.env.COVE_TEST_PAGE);
});
app.on('window-all-closed', () => app.quit());
