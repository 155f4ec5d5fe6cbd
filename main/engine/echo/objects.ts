export type {
  DocumentAuthority,
  DocumentChange,
  DocumentUpdate,
  Fields,
  FoundObject,
  ObjectQuery,
  Objects,
  SpaceObjects,
  StoredObject,
} from './object-types.ts';
