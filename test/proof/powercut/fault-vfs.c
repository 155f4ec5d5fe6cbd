/*
 * Records what SQLite asks of the disk: every write, truncation, sync, creation and deletion, in order, with its bytes.
 * From the recording a checker builds the disk as a power cut at any moment could have left it.
 *
 * It takes the place of two methods of the system's VFS, under whatever is layered above it: with the cipher on, what
 * is recorded is ciphertext. For tests only; loaded into one process with loadExtension.
 *
 * A record is: kind u8, file u8, number i64, length i64 (host order), then `length` bytes.
 *   O opened (number 1: it was made)  W write at  T truncate to  S sync  D delete (number 1: the folder was synced too)
 *   M a mark that the workload makes with the SQL function fault_mark(number)
 *
 * It can also be a disk that fails: after fault_fail(after, count, code) the write, truncation or sync that comes after
 * so many others and `count` of them from there on (-1: all) give this result code of SQLite. fault_seen() is how many
 * there were since then.
 */
#include "sqlite3ext.h"
SQLITE_EXTENSION_INIT1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  sqlite3_file base;
  sqlite3_file *real;
  unsigned char id;
} RecordedFile;

static sqlite3_vfs original;
static sqlite3_io_methods methods;
static FILE *trace;
static unsigned char nextId;
static sqlite3_int64 seen, failAfter, failCount;
static int failCode;

/* Whether this operation of the disk is to fail. A full disk can still sync and cut short. */
static int fails(int full) {
  sqlite3_int64 at = seen++;
  if (failCode == SQLITE_OK || (failCode == SQLITE_FULL && !full)) return 0;
  return at >= failAfter && (failCount < 0 || at < failAfter + failCount);
}

#define REAL(file) (((RecordedFile *)(file))->real)
#define CALL(file, method) REAL(file)->pMethods->method

static void record(char kind, unsigned char file, sqlite3_int64 number, sqlite3_int64 length, const void *bytes) {
  unsigned char header[18];
  header[0] = (unsigned char)kind;
  header[1] = file;
  memcpy(header + 2, &number, 8);
  memcpy(header + 10, &length, 8);
  fwrite(header, 1, sizeof header, trace);
  if (length > 0) fwrite(bytes, 1, (size_t)length, trace);
}

static int fileClose(sqlite3_file *file) {
  int result = CALL(file, xClose)(REAL(file));
  sqlite3_free(REAL(file));
  return result;
}
static int fileRead(sqlite3_file *file, void *bytes, int length, sqlite3_int64 at) {
  return CALL(file, xRead)(REAL(file), bytes, length, at);
}
static int fileWrite(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at) {
  if (fails(1)) return failCode == SQLITE_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  record('W', ((RecordedFile *)file)->id, at, length, bytes);
  return CALL(file, xWrite)(REAL(file), bytes, length, at);
}
static int fileTruncate(sqlite3_file *file, sqlite3_int64 size) {
  if (fails(0)) return SQLITE_IOERR_TRUNCATE;
  record('T', ((RecordedFile *)file)->id, size, 0, 0);
  return CALL(file, xTruncate)(REAL(file), size);
}
/* The disk itself is not asked: what counts is the recording, and it is many times faster. */
static int fileSync(sqlite3_file *file, int flags) {
  if (fails(0)) return SQLITE_IOERR_FSYNC;
  record('S', ((RecordedFile *)file)->id, flags, 0, 0);
  return SQLITE_OK;
}
static int fileSize(sqlite3_file *file, sqlite3_int64 *size) { return CALL(file, xFileSize)(REAL(file), size); }
static int fileLock(sqlite3_file *file, int level) { return CALL(file, xLock)(REAL(file), level); }
static int fileUnlock(sqlite3_file *file, int level) { return CALL(file, xUnlock)(REAL(file), level); }
static int fileReserved(sqlite3_file *file, int *out) { return CALL(file, xCheckReservedLock)(REAL(file), out); }
static int fileControl(sqlite3_file *file, int op, void *arg) { return CALL(file, xFileControl)(REAL(file), op, arg); }
static int fileSector(sqlite3_file *file) { return CALL(file, xSectorSize)(REAL(file)); }
/* Nothing is promised of the disk: no atomic sectors, no order without a sync. */
static int fileDevice(sqlite3_file *file) {
  (void)file;
  return 0;
}

static int vfsOpen(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *outFlags) {
  RecordedFile *recorded = (RecordedFile *)file;
  int there = 0;
  (void)vfs;
  file->pMethods = 0;
  if (name) original.xAccess(&original, name, SQLITE_ACCESS_EXISTS, &there);
  recorded->real = sqlite3_malloc(original.szOsFile);
  if (!recorded->real) return SQLITE_NOMEM;
  memset(recorded->real, 0, (size_t)original.szOsFile);
  recorded->id = nextId++;
  int result = original.xOpen(&original, name, recorded->real, flags, outFlags);
  if (result != SQLITE_OK) {
    sqlite3_free(recorded->real);
    return result;
  }
  file->pMethods = &methods;
  if (name) record('O', recorded->id, !there, (sqlite3_int64)strlen(name), name);
  return SQLITE_OK;
}

static int vfsDelete(sqlite3_vfs *vfs, const char *name, int syncFolder) {
  (void)vfs;
  int result = original.xDelete(&original, name, syncFolder);
  if (result == SQLITE_OK) record('D', 0, syncFolder != 0, (sqlite3_int64)strlen(name), name);
  return result;
}

static void mark(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  record('M', 0, sqlite3_value_int64(values[0]), 0, 0);
  fflush(trace);
  sqlite3_result_int(context, 1);
}

static void fail(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  seen = 0;
  failAfter = sqlite3_value_int64(values[0]);
  failCount = sqlite3_value_int64(values[1]);
  failCode = sqlite3_value_int(values[2]);
  sqlite3_result_int(context, 1);
}

static void seenSince(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  (void)values;
  sqlite3_result_int64(context, seen);
}

int sqlite3_faultvfs_init(sqlite3 *database, char **message, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  const char *path = getenv("COVE_FAULT_TRACE");
  sqlite3_vfs *system = sqlite3_vfs_find("unix");
  if (!path || !system || system->szOsFile < (int)sizeof(RecordedFile) || !(trace = fopen(path, "wb"))) {
    *message = sqlite3_mprintf("no trace can be written here");
    return SQLITE_ERROR;
  }
  original = *system;
  sqlite3_io_methods recorded = {
      1,        fileClose,  fileRead,     fileWrite,    fileTruncate, fileSync,   fileSize,
      fileLock, fileUnlock, fileReserved, fileControl, fileSector,   fileDevice, 0, 0, 0, 0, 0, 0};
  methods = recorded;
  system->xOpen = vfsOpen;
  system->xDelete = vfsDelete;
  sqlite3_create_function(database, "fault_mark", 1, SQLITE_UTF8, 0, mark, 0, 0);
  sqlite3_create_function(database, "fault_fail", 3, SQLITE_UTF8, 0, fail, 0, 0);
  sqlite3_create_function(database, "fault_seen", 0, SQLITE_UTF8, 0, seenSince, 0, 0);
  return SQLITE_OK_LOAD_PERMANENTLY;
}
