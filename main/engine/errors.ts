/**
 * Expected failures have a type and a sentence. The type is for programs (the bridge sends it,
 * the SDK's promises reject with it); the sentence says what happened and what to do.
 * Broken invariants throw plain Errors instead.
 */

/** One row per failure a person can meet. Keep the words free of jargon: see docs on manner. */
export const SENTENCES = {
  // Profile and storage
  'keychain-locked': 'Your system keychain is locked. Unlock it and start Cove again; nothing was changed.',
  'keychain-missing':
    'This system has no keychain that Cove can use. Install one (on Linux: gnome-keyring or KWallet), or choose a passphrase to protect your keys.',
  'keychain-unreachable':
    'The key to your notes is in the system keychain, which cannot be reached. Start it (on Linux: gnome-keyring or KWallet) or restart the computer, then try again; nothing was changed.',
  'keychain-item-missing':
    'Your notes are here, but their key is not in the system keychain. Cove will not replace it. If the computer has just woken up, try again; otherwise restore from your recovery phrase.',
  'profile-id-lost':
    'The file “profile-id” in Cove’s folder says which key opens your notes, and it is missing, damaged or cannot be read. Put it back from a copy of the folder, or see that Cove may read it, then try again; nothing was changed.',
  'bind-invalid':
    'COVE_BIND (or the option “bind”) is no address of a computer, such as 127.0.0.1. Correct it or leave it out, then start Cove again; nothing was changed.',
  'bind-not-here':
    'COVE_BIND (or the option “bind”) names an address that this computer does not have now. Connect the network it belongs to, correct it or leave it out, then start Cove again; nothing was changed.',
  'turn-invalid':
    'Among the relay servers is an address that Cove does not understand; “number” says which. It looks like turn:name:password@turn.example:3478, or turn::secret@turn.example:3478 where the server has a shared secret. Correct it under Connection, in COVE_TURN_SERVERS or in the option “turnServers”; nothing was changed.',
  'turn-secret-missing':
    'The password of a relay server is missing. Write it before the @, as in turn:name:password@turn.example:3478, or turn::secret@turn.example:3478 where the server has a shared secret. Nothing was changed.',
  'proxy-invalid':
    'Cove does not understand the address of the proxy. It looks like http://name:password@proxy.example:8080 or socks5://proxy.example:1080, without anything after it. Correct it under Connection, in COVE_PROXY or in the option “proxy”; nothing was changed.',
  'lan-address-invalid':
    'Among the addresses of members’ computers is one that Cove does not understand; “number” says which. It looks like 192.168.7.2:47632, ada.local or [fd00::2]:47632. Correct it under Connection, in COVE_LAN_ADDRESSES or in the option “lanAddresses”; nothing was changed.',
  'passphrase-needed': 'This profile is protected by a passphrase. Enter it to open your notes.',
  'keys-unreadable':
    'The file keys.json, which keeps the keys of this profile, cannot be read or is damaged. Put a good copy of it back and try again; nothing was changed.',
  'passphrase-wrong': 'That is not the passphrase of this profile. Try again.',
  'wrong-key':
    'The key in the keychain does not open this database. It may belong to another profile. Nothing was changed.',
  'database-damaged':
    'The database file is damaged. Cove has left it as it is. You can put a copy of yours back and try again, or let Cove set it aside and go on with what can still be read.',
  'database-missing':
    'The key to your notes is in the system keychain, but their database is not in its folder. Put the folder back where it was; nothing was changed.',
  'backup-missing': 'There is no backup file at that place any more. Choose it again; nothing was changed.',
  'backup-no-room':
    'There is not enough room there for the backup, so none was written; earlier ones are as they were. Make some room, or choose another disk.',
  'backup-damaged':
    'This backup is damaged, so it cannot be brought back. Choose another one: Cove keeps the last seven. Nothing was changed.',
  'backup-not-opened':
    'These words do not open this file: it is no backup of yours, or it is damaged. Choose another one; if none opens, compare the words with your paper. Nothing was changed.',
  'sqlite-missing':
    'This Node is older than 22.14 and needs a SQLite built for it, which is not there. Run “npm run build” with it in Cove’s folder, or use a newer Node; nothing was changed.',
  'database-newer': 'This profile was written by a newer Cove. Update Cove to open it.',
  'folder-read-only':
    'Cove cannot write to its folder. Check the folder’s permissions and that the disk is not mounted read-only.',
  'disk-full':
    'The disk is full. What was saved is safe. Make some room: Cove goes on by itself as soon as there is some.',
  'disk-failing':
    'The disk reported an error. What was saved is safe, and Cove keeps trying. Check the disk and its cable; if this comes back, save a backup on another disk.',
  'file-not-written': 'The file could not be written there. Choose another folder.',
  'profile-in-use': 'Cove is already running with this profile. Use the window that is open.',
  // Identity
  'no-identity': 'There is no identity on this device yet. Create one first.',
  'identity-exists': 'There is an identity on this device already.',
  'phrase-invalid': 'These are not twelve valid recovery words. Check the spelling and the order.',
  'phrase-mismatch': 'These words are not your recovery phrase. Compare them with your paper.',
  'phrase-confirmed': 'The recovery phrase was confirmed and is no longer kept on this device.',
  'share-invalid': 'This is not a whole recovery share. Compare it with the sheet, letter by letter.',
  'share-newer': 'This share was made by a newer Cove. Update Cove to use it.',
  'share-twice': 'This share is there already. Add a different one.',
  'shares-mixed': 'These shares were not made together. Use shares of the same set only.',
  'shares-missing': 'More shares are needed to bring the recovery phrase back.',
  'shares-wrong': 'These shares do not give a recovery phrase: one of them was changed. Try with another one.',
  // Devices
  'too-many-devices': 'You have eight devices already. Remove one that you no longer use, then try again.',
  'device-not-found': 'That device is not one of yours any more.',
  'device-gone': 'That device is not waiting any more. Enter the code on it again.',
  'device-senior': 'That device was yours before this one was. Removing it takes your recovery words.',
  'device-current':
    'This device cannot remove itself: nobody would hear of it any more. Remove it on another device of yours.',
  'device-revoked':
    'This device was removed from your identity. What is on it stays readable here, but it takes no changes and gets nothing new.',
  'not-a-device-code':
    'This code is an invitation to a space. On the other device choose “Add a device” to get one for a device.',
  'device-code-here': 'This code is for a new device. Cove is set up on this one already.',
  // Spaces and objects
  'space-not-found': 'That space is not on this device.',
  'member-not-found': 'That person is not a member of this space any more.',
  'contact-unknown': 'You share no space with that person, so Cove does not know them. Invite them to one first.',
  'too-many-owners': 'A space has three owners at most, you included.',
  'object-not-found': 'That is not in this space any more. It may have been deleted.',
  'moment-unknown':
    'This device does not know that moment: the change it names has not come yet, or belongs to another space. Choose another one; nothing was changed.',
  'history-incomplete':
    'Some of what stood then cannot be read on this device any more, so it was not brought back. Try on a device that still has it; nothing was changed.',
  reading: 'You can read this space, not change it.',
  removed: 'You are no longer a member of this space. What is here stays readable until you delete it.',
  orphaned:
    'Nobody can take anything from this copy of the space any more. What is here stays readable until you delete it.',
  'space-deleted': 'This space was deleted for everyone. What is here stays readable until you delete it.',
  'not-permitted': 'Your role in this space does not allow that. Whoever manages the space can give you another one.',
  'value-invalid': 'That value cannot be stored.',
  'value-refused':
    'That does not fit the type of the object: “path” says where, and “reason” why. Nothing was changed.',
  'too-many-indexes': 'This profile has 32 property indexes that programs declared, and takes no more. Declare fewer.',
  'space-full':
    'This space has reached the most it can hold. Nothing was lost; ask an owner, or make a new space for what comes next.',
  'too-large': 'That is too large to store in one piece. Make it smaller, or store it in parts.',
  // Blobs
  'blob-too-large': 'That file is larger than a space takes: one gigabyte is the most. Nothing was stored.',
  'blob-space-full':
    'There is no room for this file: this space already has as many bytes of files on this device as it may. Nothing was stored.',
  'blobs-full':
    'There is no room for this file: the files of all spaces have as many bytes on this device as they may. Nothing was stored.',
  'blob-wrong':
    'This file cannot be read: what names it does not belong to it, or whoever added it made it wrongly. Ask that person to add it again.',
  'blob-not-here':
    'This file is not on this device, and nobody who has it is connected. It comes by itself as soon as somebody is.',
  'no-picture':
    'This is no picture that Cove can show: PNG, JPEG, GIF and WebP are, of up to 32 megabytes and 100 million pixels. Nothing was stored.',
  // Invitation codes
  'code-invalid': 'This is not a valid invitation code. Ask for it again and paste it whole.',
  'code-newer': 'This code was made by a newer Cove. Update Cove to use it.',
  // Invitation end states
  'invitation-unknown':
    'This device does not have that invitation any more: it ended some time ago, or its space was deleted here. Use a new one.',
  expired:
    'This invitation has expired. Ask for a new one; if this one is new, look at the clocks of both computers: one may be wrong.',
  locked: 'Three wrong codes: someone else may hold this invitation. It is closed for good; make a new one.',
  'attempts-used':
    'Three attempts were made and none was confirmed. This device makes no more with this invitation: ask for a new one, and let the person withdraw this one.',
  revoked: 'This invitation was withdrawn. Ask for a new one.',
  'space-too-large':
    'So many people came into this space and left it that what a newcomer needs is more than an invitation can carry: nobody new can come in. Whoever invites has to make a new space and invite to that one; nothing is lost in this one.',
  'not-found': 'Nobody answered. The other person’s Cove must be open and online; then try again.',
  impostor: 'The other side does not know the code. Do not go on: ask the person for a new invitation.',
  refused:
    'The other side did not let you in: this invitation has been used up, perhaps by you on another device, whoever made it may invite nobody any more, or this device was removed by you on another one. Ask for a new one.',
  declined: 'The other side was asked and did not let you in. If that was a mistake, say so there, then try again.',
  undecided:
    'Nobody there answered in time whether to let you in. Ask them to look at Cove, then try again; your invitation is still good.',
  timeout: 'The connection was lost before you were done. Try again; your invitation is still good.',
  'already-member':
    'This device is already in that space. If it says that nobody there knows this device: copy into another space what only this device has, delete your copy, and enter the same code again.',
  'wrong-code': 'That code is not right.',
  unanswered:
    'The connection was lost before the digits were confirmed. That counts as an attempt, because the other side may have used it. Type them again.',
  cancelled: 'Cancelled.',
  'too-many-invitations': 'There are too many open invitations. Revoke one first.',
  // Network
  'meeting-point-not-for-all':
    'One of these addresses is not one that everybody can use; “number” says which. It has to look like mqtts://meet.example or mqtts://meet.example:8884: with TLS, without a name or a password, and not of a private network. Nothing was changed.',
  'too-many-meeting-points': 'Four meeting points are the most for one space. Nothing was changed.',
  'message-too-large':
    'A message has at most 16 KiB. Keep what is larger in an object, and send its id; nothing was sent.',
  'too-many-messages':
    'These are more messages than Cove sends in a moment. Send fewer, or keep what must arrive in an object; this one was not sent.',
  offline:
    'No meeting point can be reached, so nobody can be found. Check this computer’s connection, then try again; your changes are kept here.',
  // Sync by file
  'bundle-invalid': 'Cove did not make this file to bring changes from one computer to another. Choose another one.',
  'bundle-newer': 'This file was made by a newer Cove. Update Cove to take it in.',
  'bundle-damaged':
    'This file is damaged, or was not copied whole. Copy it again, or have it made again; nothing was taken in.',
  'bundle-not-for-here':
    'This file is not for this device. Whoever made it did not know this device yet, or shares no space with it. Ask for one that was made for you.',
  'bundle-stranger':
    'Whoever made this file is not known here as a member of that space. Take in a file by somebody who was a member before; nothing of this one counts.',
  'bundle-refused':
    'This file holds something that no Cove writes, so the rest of it was not taken in. Ask for one that was made by somebody else in the space.',
  'bundle-for-nobody': 'Nobody else is in this space yet, so nobody could read the file. Invite somebody first.',
  'file-no-room':
    'There is not enough room there for the file, so none was written. Make some room, or choose another disk.',
  'file-not-read': 'The file could not be read. Check that the disk or stick it is on is still there, then try again.',
  // Archives
  'archive-invalid': 'Cove did not make this file as an archive of a space. Choose another one.',
  'archive-newer': 'This archive was made by a newer Cove. Update Cove to bring it back.',
  'archive-password':
    'This password does not open the archive. Try again; if you are sure of it, the beginning of the file is damaged.',
  'archive-damaged':
    'This archive is damaged, or was not copied whole. Copy it again, or take another one; nothing was brought back.',
  'archive-incomplete':
    'What this archive holds does not give the space that was saved, so nothing was brought back. Take another one.',
  'password-empty': 'Choose a password: whoever has the file and it can read the space.',
  'space-coming':
    'An archive of this space is being brought back on this device. Try again when that is done; nothing was changed.',
  'space-here': 'This space is on this device already. Delete the copy here first if you want to bring back the other.',
  // Files of other programs
  'folder-not-empty':
    'There is something in that folder already. Choose an empty one, or the name of a new one; nothing was written.',
  'json-invalid': 'Cove did not save this file as JSON, or somebody changed it since. Choose another one.',
  // Joining by file
  'join-file-invalid': 'Cove did not make this file for joining without a network. Choose another one.',
  'join-file-newer': 'This file was made by a newer Cove. Update Cove to take it in.',
  'join-file-damaged':
    'This file is damaged, was not copied whole, or belongs to another join. Copy it again; nothing was changed.',
  'join-file-own': 'This file was saved on this computer. Carry it to the other one, and take it in there.',
  'join-file-unknown':
    'This file belongs to no invitation that is open on this computer. It may be meant for somebody else, or the invitation has ended; nothing was changed.',
  'join-file-old':
    'This is not the file that comes next: it was taken in before. Look there which file is to be carried now, and save that one.',
  'join-file-none':
    'No file is to be carried now. Take in the one that the other person saved, or go on where this join waits for you.',
  'join-file-over':
    'The invitation of this join has ended: it expired, was withdrawn, was used up, or was closed by wrong codes. Make a new one.',
  // Calls
  'bad-request': 'That was not understood, and nothing was changed. Check what you typed and try again.',
  'argument-invalid': 'A program gave Cove something of the wrong kind; “argument” says where. Nothing was changed.',
  closed: 'Cove is closing, or not open yet.',
  internal: 'Something went wrong inside Cove. Your saved notes are safe; restart Cove.',
} as const;

/** Every expected failure by name. */
export type ErrorType = keyof typeof SENTENCES;

/** An expected failure. `detail` carries small, non-secret data for the interface (attempts left, a path). */
export class CoveError extends Error {
  override readonly name = 'CoveError';
  readonly type: ErrorType;
  readonly detail: Readonly<Record<string, string | number>>;

  constructor(type: ErrorType, detail: Readonly<Record<string, string | number>> = {}, cause?: unknown) {
    super(SENTENCES[type], cause === undefined ? undefined : { cause });
    this.type = type;
    this.detail = detail;
  }
}

/** What is read is not what was written: nothing that stands on it may go on. */
export const isDamage = (error: unknown): error is CoveError & { readonly type: 'database-damaged' } =>
  error instanceof CoveError && error.type === 'database-damaged';

/** The disk is full or fails: nothing is lost, and the same may work in a moment. */
export const isDiskTrouble = (error: unknown): error is CoveError & { readonly type: 'disk-full' | 'disk-failing' } =>
  error instanceof CoveError && (error.type === 'disk-full' || error.type === 'disk-failing');
