/**
 * A chat in a terminal. `node docs/examples/chat.mjs` opens yours, or begins one; `node docs/examples/chat.mjs <code>`
 * joins somebody else's. What is said is stored and reaches who is away later; “/me …” goes to who is there, and nowhere else.
 */
import { byCreated } from 'cove';
import { enter, invite, printable } from './entrance.mjs';

await enter('chat', async ({ client, space, ask, leave }) => {
  const me = client.halo.profile.identityId;
  const nameOf = (identityId) => space.members.find((member) => member.identityId === identityId)?.name ?? 'Somebody';

  space.db.query({ type: 'message' }, { order: [byCreated] }).follow(({ added }) => {
    for (const { object } of added) console.log(printable(`${nameOf(object.by)}: ${object.text}`));
  });
  space.listen('doing', (what, { identityId }) => console.log(printable(`* ${nameOf(identityId)} ${what}`)));

  let here = '';
  space.onChange(() => {
    const now = space.members.filter(({ identityId }) => space.isOnline(identityId)).map(({ name }) => name);
    if (now.join() !== here) console.log(printable(`(${now.join(', ') || 'nobody else'} here)`));
    here = now.join();
  });

  console.log('Type what you want to say, “/me waves”, “/invite”, or “/quit”.');
  for (;;) {
    const line = await ask();
    if (line === '/quit') await leave();
    else if (line === '/invite') invite(space);
    else if (line.startsWith('/me ')) space.post('doing', line.slice(4));
    else if (line !== '') await space.db.add({ type: 'message', text: line, by: me });
  }
});
