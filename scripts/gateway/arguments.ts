/** Arguments of a command line that are meant for another program, except for a few. */

/** What `takeOption` found. */
export interface TakenOption {
  /** The value, or undefined when the option is not there. The last one wins. */
  readonly value: string | undefined;
  /** All other arguments, in their order. */
  readonly rest: readonly string[];
}

/**
 * Takes `--name value` or `--name=value` out of a list of arguments.
 *
 * @param args the arguments as the shell split them
 * @param name the option with its dashes, such as `--port`
 * @throws Error when the option stands last, without a value
 */
export function takeOption(args: readonly string[], name: string): TakenOption {
  let value: string | undefined;
  const rest: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? "";
    if (argument === name) {
      index += 1;
      value = args[index];
      if (value === undefined) {
        throw new Error(`Cannot read ${name}: no value follows it`);
      }
    } else if (argument.startsWith(`${name}=`)) {
      value = argument.slice(name.length + 1);
    } else {
      rest.push(argument);
    }
  }

  return { value, rest };
}

/**
 * Parses a TCP port.
 *
 * @param text decimal digits
 * @throws Error when it is not a whole number from 0 to 65535
 */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new Error(`Cannot use port "${text}": expected a whole number from 0 to 65535`);
  }

  return port;
}
