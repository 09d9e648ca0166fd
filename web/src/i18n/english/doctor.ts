export const doctor = {
  'doctor.verdict.good': 'Everything that a good stream needs is there.',
  'doctor.verdict.note': {
    one: '{count} thing may make streams worse.',
    other: '{count} things may make streams worse.',
  },
  'doctor.verdict.bad': {
    one: '{count} thing keeps good streams away.',
    other: '{count} things keep good streams away.',
  },
  'doctor.lookedAt': 'Looked at {when}; again by itself while this page is open.',
  'doctor.looking': 'Looking at everything…',
  'doctor.again': 'Look again',
  'doctor.attention': 'To mend, or to know of',
  'doctor.good': 'Good',
  'doctor.command': 'the command',
} as const;
