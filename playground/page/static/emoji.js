// Emoji by the names Slack knows them by: those that the app uses, and some more. Others are shown by their name.

const KNOWN = new Map(Object.entries({
  white_check_mark: '✅', hourglass_flowing_sand: '⏳', hourglass: '⌛', warning: '⚠️', no_entry: '⛔', no_entry_sign: '🚫',
  large_yellow_circle: '🟡', large_green_circle: '🟢', large_orange_circle: '🟠', large_blue_circle: '🔵', red_circle: '🔴',
  white_circle: '⚪', black_circle: '⚫', grey_question: '❔', question: '❓', exclamation: '❗', grey_exclamation: '❕', wrench: '🔧',
  rotating_light: '🚨', information_source: 'ℹ️', arrow_down: '⬇️', arrow_up: '⬆️', arrow_right: '➡️', arrow_left: '⬅️',
  fire: '🔥', rocket: '🚀', tada: '🎉', wave: '👋', thumbsup: '👍', '+1': '👍', thumbsdown: '👎', '-1': '👎', pray: '🙏',
  heart: '❤️', star: '⭐', bulb: '💡', bell: '🔔', no_bell: '🔕', zzz: '💤', clock1: '🕐', calendar: '📅', date: '📅', memo: '📝',
  lock: '🔒', unlock: '🔓', key: '🔑', x: '❌', heavy_check_mark: '✔️', heavy_plus_sign: '➕', heavy_minus_sign: '➖', smile: '😄',
  slightly_smiling_face: '🙂', eyes: '👀', mag: '🔍', chart_with_upwards_trend: '📈', chart_with_downwards_trend: '📉', bar_chart: '📊',
  computer: '💻', desktop_computer: '🖥️', floppy_disk: '💾', package: '📦', gear: '⚙️', hammer: '🔨', link: '🔗', paperclip: '📎',
  pushpin: '📌', speech_balloon: '💬', mega: '📣', robot_face: '🤖', seedling: '🌱', snowflake: '❄️', stopwatch: '⏱️', alarm_clock: '⏰',
  octagonal_sign: '🛑', construction: '🚧', recycle: '♻️', arrows_counterclockwise: '🔄', wastebasket: '🗑️', books: '📚', mortar_board: '🎓',
}));

/** Return the sign of a name without its colons, or undefined. */
export function emoji(name) {
  return KNOWN.get(name);
}

/** Return a plain text with the emoji in it that are known. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => KNOWN.get(name) ?? whole);
}
