/** An entry of a dictionary that came from outside; never what every object has by birth, such as `constructor`. */
export function own<Value>(dictionary: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(dictionary, name) ? dictionary[name] : undefined;
}
