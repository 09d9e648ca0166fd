/** A command line, environment, configuration file or folder that cannot be used; the message is for the person. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}
