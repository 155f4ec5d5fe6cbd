/** The words about the meeting points that whoever manages a space names for everybody in it. */
export const spacePoints = {
  menu: 'Meeting points…',
  title: (space: string) => `Meeting points of ${space}`,
  text: 'Everybody in this space meets here too, besides what they use already, and invitations carry one of these addresses. If the public meeting points are gone one day, naming others here brings back together all whom the change still reaches.',
  by: (name: string) => `Named by ${name}.`,
  none: 'None is named for this space.',
  list: 'Meeting points of this space',
  field: 'Addresses for everybody',
  hint: 'One per line, four at most, for example mqtts://meet.example:8883. With TLS, without a password: all members read them.',
  bad: (address: string) =>
    `“${address}” is not an address that everybody can use. It looks like mqtts://meet.example or mqtts://meet.example:8884: with TLS, without a name or a password, and not of a private network. Nothing was changed.`,
  save: 'Name for everybody',
  saved: 'The meeting points of this space are saved',
  only: 'Owners and whoever can manage this space name them. You can switch one off on this device.',
} as const;
