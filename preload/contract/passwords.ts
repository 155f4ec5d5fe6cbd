/** How long a password that somebody chooses has to be. Without zod, because windows ask it too, and zod stays out of them. */
export const SHORTEST_PASSWORD = 8;
