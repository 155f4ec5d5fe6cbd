/** Who may ask the main process: checks that are taken out, see table.ts. */
import type { Mutant } from './table.ts';

const sender = { file: 'main/shell/sender.ts', noticed: 'main/shell/sender.test.ts' };
const channel = (file: string) => ({ file: `main/bridge/${file}`, noticed: 'test/bridge/senders.test.ts' });

export const BRIDGE: readonly Mutant[] = [
  {
    check: 'a request comes from a window of Cove’s own',
    find: 'event.sender === window.webContents &&',
    replace: '',
    ...sender,
  },
  {
    check: 'a request comes from a window’s top frame',
    find: 'frame === window.webContents.mainFrame &&',
    replace: '',
    ...sender,
  },
  {
    check: 'a request comes from the page that the window is for',
    find: 'ownPage(frame.url) === page',
    replace: 'page.length > 0',
    ...sender,
  },
  {
    check: 'a call is answered to Cove’s own windows only',
    find: 'isTrusted(event) ? call(',
    replace: 'event ? call(',
    ...channel('router.ts'),
  },
  {
    check: 'a subscription is taken from Cove’s own windows only',
    find: 'if (!isTrusted(event)) return;',
    replace: '',
    ...channel('router.ts'),
  },
  {
    check: 'a document is opened for Cove’s own windows only',
    find: 'if (!isTrusted(event) || !parsed.success) return;',
    replace: 'if (!parsed.success) return;',
    ...channel('documents.ts'),
  },
  {
    check: 'the phrase is told to the phrase window only',
    find: 'if (!isTrusted(event)) return null;',
    replace: '',
    ...channel('phrase.ts'),
  },
  {
    check: 'typed words are taken from the phrase window only',
    find: 'if (!isTrusted(event) || !parsed.success) throw new CoveError(malformed);',
    replace: 'if (!parsed.success) throw new CoveError(malformed);',
    ...channel('phrase.ts'),
  },
];
