// What may come next on the line: commands at first, then the words of a command.

/** Return what to offer for a line: `shown`, a `hint`, and the `line` as it becomes. */
export function suggestions(line, commands) {
  if (!line.startsWith('/')) return [];
  const space = line.indexOf(' ');
  if (space < 0) {
    return commands.filter((each) => each.command.startsWith(line)).map((each) => (
      { shown: each.command, hint: each.description, line: `${each.command} ` }));
  }
  const command = commands.find((each) => each.command === line.slice(0, space));
  const begun = line.slice(space + 1);
  if (!command) return [];
  return command.words.filter((each) => each.text.startsWith(begun) && each.text !== begun.trim()).map((each) => (
    { shown: `${command.command} ${each.text}`, hint: each.hint, line: `${command.command} ${each.text} ` }));
}

/** Return what may follow on a line that has its command and word, empty when that is not known. */
export function hintFor(line, commands) {
  const [name, ...rest] = line.split(' ');
  const command = commands.find((each) => each.command === name);
  if (!command || !rest.length) return '';
  const said = rest.join(' ');
  const word = command.words.find((each) => said === each.text || said.startsWith(`${each.text} `));
  if (!word) return '';
  return word.hint ? `${command.command} ${word.text} ${word.hint}` : `${command.command} ${word.text}: Enter sends it`;
}
