/**
 * The kernel's lines, with a running number in the place of what was written into files: equal contents have equal numbers, and only within
 * one recording (content-digests.ts compares several). What stood there is kept nowhere: it may be a password. Of a message of netlink(7) its
 * bytes are kept, and nothing of what lies behind them.
 */

import { MESSAGE_BYTES } from '../trace/probe-fields.ts';

/** So many contents, by their numbers, are told to who gives a file for them in the variable `list`: to be made into digests. */
const MOST_NAMED = 20_000;
/** As many bytes as the probe reads. */
export const READ_BYTES = 64;
/** Of the options of a mount. */
export const OPTION_BYTES = 256;

/**
 * For awk(1). The probe reads eight words of memory, whatever was written there, to whatever. A line stays when it is about a regular file
 * (S_IFREG of stat(2)), all of it was read, and it is plain text: words that could not be read are what stood in the buffer before.
 * Of options of a mount that say one thing twice the last one counts: mount(8) has those of before in front of what it was told.
 */
export const HIDE_CONTENTS = `function bytesOf(list, count,  all, word, digits, digit) {
  for (word = 1; word <= int((count + 7) / 8); word++) {
    if (list[word] !~ /^0x[0-9a-f]+$/) return all
    digits = substr("0000000000000000" substr(list[word], 3), length(list[word]) - 1)
    for (digit = 15; digit > 0; digit -= 2) all = all substr(digits, digit, 2)
  }
  return substr(all, 1, 2 * count)
}
index($0, ": message: (") {
  at = index($0, " length=")
  data = index($0, " m0=")
  if (!at || !data) next
  count = substr($0, at + 8, data - at - 8) - 16
  if (count > ${MESSAGE_BYTES}) count = ${MESSAGE_BYTES}
  if (count < 0) count = 0
  split(substr($0, data + 4), words, / m[0-9]+=/)
  print substr($0, 1, at) "data=" bytesOf(words, count)
  next
}
function lastOf(bytes,  at, byte, text, count, options, key, keys, all) {
  for (at = 1; (byte = substr(bytes, at, 2)) != "00"; at += 2) {
    if (byte !~ /^[2-7][0-9a-f]$/) return "?"
    text = text " " byte
  }
  count = split(text, options, / 2c/)
  for (at = count; at > 0; at--) {
    key = options[at]
    sub(/ 3d.*/, "", key)
    if (!index(keys ";", ";" key ";")) all = options[at] "," all
    keys = keys ";" key
  }
  return all
}
index($0, ": mount_data: (") {
  at = index($0, " data=")
  data = index($0, " d0=")
  if (!at || !data) next
  split(substr($0, data + 4), words, / d[0-9]+=/)
  bytes = substr($0, at + 6, data - at - 6) == "0x0" ? "00" : bytesOf(words, ${OPTION_BYTES})
  options = lastOf(bytes)
  if (options == "?") next
  if (!(options in mounted)) mounted[options] = ++known
  print substr($0, 1, at) "content=" mounted[options]
  next
}
{
  at = index($0, " mode=")
  data = index($0, " w0=")
  if (!data || !index($0, ": written: (")) { print; next }
  if (!at || split(substr($0, at + 1, data - at - 1), told, " ") != 3) next
  count = substr(told[2], 7) + 0
  if (told[1] !~ /^mode=0x8...$/ || told[2] !~ /^count=[0-9]+$/ || told[3] !~ /^at=[0-9]+$/ || count < 1 || count > ${READ_BYTES}) next
  split(substr($0, data + 4), words, / w[0-9]=/)
  bytes = bytesOf(words, count)
  if (bytes !~ /^(0[9ad]|[2-6][0-9a-f]|7[0-9a-e])+$/) next
  if (!(bytes in number)) number[bytes] = ++known
  print substr($0, 1, at) "content=" number[bytes] " count=" count " " told[3]
}
END { if (list != "") for (bytes in number) if (number[bytes] <= ${MOST_NAMED}) print number[bytes], bytes >list }`;
