/** The present moment, for sentences such as "5 min": moves on twice a minute, which is enough for them. */
export class Clock {
  now = $state(Date.now());
  constructor() {
    setInterval(() => (this.now = Date.now()), 30_000);
  }
}
