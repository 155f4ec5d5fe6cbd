/** Which ended invitations the person has seen the end of: kept in this window's storage, the newest hundred. */
const KEY = 'cove.seen-ends';
const MOST = 100;

export class Seen {
  #ids = $state.raw<readonly string[]>((localStorage.getItem(KEY) ?? '').split(' ').filter((id) => id !== ''));

  has(id: string): boolean {
    return this.#ids.includes(id);
  }

  add(id: string): void {
    if (this.has(id)) return;
    this.#ids = [...this.#ids, id].slice(-MOST);
    localStorage.setItem(KEY, this.#ids.join(' '));
  }
}
