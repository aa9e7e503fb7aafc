import { type Command, Help } from 'commander';

/** Has the help of a command show the options of the one of its commands that runs where none is named. */
export function showDefaultOptions(command: Command, byDefault: Command): void {
  const visibleOptions = (shown: Command) => new Help().visibleOptions(shown === command ? byDefault : shown); // its commands inherit this help
  command.configureHelp({ ...command.configureHelp(), visibleOptions });
}
