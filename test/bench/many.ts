/** What the profile with many notes has in it: agreed between the program that makes it and the one that measures. */
export const SPACES = 50;
export const NOTES = 10_000;
export const BIG_SPACE = 'Archive';
/** Of some 100 kB. */
export const LONG_NOTE = 'A hundred kilobytes';
export const spaceName = (number: number): string => `Space ${number}`;
