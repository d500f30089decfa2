/**
 * The kernel's lines, with a running number in the place of what was written into files: equal contents have equal numbers, and only within
 * one recording. What stood there is kept nowhere: it may be a password.
 */

/** As many bytes as the probe reads. */
export const READ_BYTES = 64;

/**
 * For awk(1). The probe reads eight words of memory, whatever was written there, to whatever. A line stays when it is about a regular file
 * (S_IFREG of stat(2)), all of it was read, and it is plain text: words that could not be read are what stood in the buffer before.
 */
export const HIDE_CONTENTS = `{
  at = index($0, " mode=")
  data = index($0, " w0=")
  if (!data || !index($0, ": written: (")) { print; next }
  if (!at || split(substr($0, at + 1, data - at - 1), told, " ") != 2) next
  count = substr(told[2], 7) + 0
  if (told[1] !~ /^mode=0x8...$/ || told[2] !~ /^count=[0-9]+$/ || count < 1 || count > ${READ_BYTES}) next
  split(substr($0, data + 4), words, / w[0-9]=/)
  bytes = ""
  for (word = 1; word <= int((count + 7) / 8); word++) {
    digits = substr("0000000000000000" substr(words[word], 3), length(words[word]) - 1)
    for (digit = 15; digit > 0; digit -= 2) bytes = bytes substr(digits, digit, 2)
  }
  bytes = substr(bytes, 1, 2 * count)
  if (bytes !~ /^(0[9ad]|[2-6][0-9a-f]|7[0-9a-e])+$/) next
  if (!(bytes in number)) number[bytes] = ++known
  print substr($0, 1, at) "content=" number[bytes]
}`;
