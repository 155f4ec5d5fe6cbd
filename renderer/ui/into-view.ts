/** For what comes into a dialog while it is open: in a small window the dialog may be scrolled elsewhere. */
export const intoView = (element: HTMLElement): void => element.scrollIntoView({ block: 'nearest' });
