/** The prebuilt binary needs N-API 10 and crashes the process below it; there a build of our own is handed over. */
export function nativeBinding(): { nativeBinding?: string } {
  const binding = process.env['COVE_SQLITE_BINDING'];
  if (Number(process.versions['napi']) >= 10) return {};
  if (binding === undefined || binding === '') {
    throw new Error('This runtime needs COVE_SQLITE_BINDING: a build of better-sqlite3 for N-API 9.');
  }
  return { nativeBinding: binding };
}
