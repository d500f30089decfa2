#!/bin/sh
# Prints the lines that make an order of the initscripts in Debian packages, as test/corpus/debian-headers.txt keeps them.
# usage: apt-get download PACKAGE…; collect-headers.sh *.deb > debian-headers.txt
# `apt-file search -x '^/etc/init.d/'` names packages that have one.
set -eu
keys='Provides|(Required|Should|Default)-(Start|Stop)|X-(Start-Before|Stop-After|Interactive)'
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
for deb in "$@"; do
  package=$(dpkg-deb --field "$deb" Package)
  rm -rf "${tree:?}/etc"
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tree" --wildcards './etc/init.d/*' './etc/insserv.conf.d/*' 2>/dev/null || :
  for file in "$tree"/etc/init.d/* "$tree"/etc/insserv.conf.d/*; do
    if [ ! -f "$file" ] || [ -L "$file" ]; then continue; fi
    echo "== $package ${file#"$tree"}"
    case $file in
      */insserv.conf.d/*) cat "$file" ;;
      *) sed -n '/^### BEGIN INIT INFO/,/^### END INIT INFO/p' "$file" | grep -aEi "^#[[:blank:]]*($keys):" || : ;;
    esac
  done
done
