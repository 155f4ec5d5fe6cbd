/**
 * Property tests draw the same cases in every `npm test`: a red run is a change's doing and can be played again. The
 * proofs, which are there to look further, draw new ones each time and print the seed of what they find.
 */
import fc from 'fast-check';
import { scale } from './proof/scale.ts';

if (scale === 'share') fc.configureGlobal({ seed: 1 });
