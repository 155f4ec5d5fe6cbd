/** Which three of the twelve words are asked for, in their order. `random` answers numbers from 0 up to below 1. */
export function threePlaces(random: () => number): readonly number[] {
  const places = Array.from({ length: 12 }, (_, place) => place);
  const chosen: number[] = [];
  while (chosen.length < 3) {
    const [place] = places.splice(Math.floor(random() * places.length), 1);
    if (place !== undefined) chosen.push(place);
  }
  return chosen.sort((a, b) => a - b);
}
