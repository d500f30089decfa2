# Read by every interactive rescue shell ($ENV): how it looks and which keys work. Never read for commands, scp or sftp.
lifeboot_where() {
  where=
  { read -r where </run/lifeboot/prompt; } 2>/dev/null
  echo "${where:-starting}"
}
# shellcheck disable=SC2016 # expanded at each prompt
PS1='[rescue: $(lifeboot_where)] $PWD # '
alias ll='ls -l'
export PAGER=less LESS=-FRX

# Terminals come from the toolbox alone: the root's disk may be dead. An unknown one is taken for the nearest that is known.
export TERMINFO=/run/lifeboot/share/terminfo
lifeboot_knows() { [ -e "$1" ]; }
lifeboot_knows $TERMINFO/?/"${TERM:=dumb}" || case $TERM in
xterm-kitty) TERM=kitty ;;
screen* | tmux*) TERM=screen-256color ;;
xterm* | foot* | wezterm* | ghostty* | contour* | iterm* | *-256color | *-direct) TERM=xterm-256color ;;
*) TERM=vt100 ;;
esac
export TERM

# From here on for bash, which the toolbox's shell is.
[ -n "$BASH_VERSION" ] || return 0
# shellcheck disable=SC3044
shopt -s checkwinsize histappend
export INPUTRC=/run/lifeboot/lib/lifeboot/inputrc
# In memory, and written at each prompt: a connection that breaks loses nothing. A line with a blank before it is not kept.
HISTFILE=/run/lifeboot/.history HISTSIZE=2000 HISTFILESIZE=2000 HISTCONTROL=ignoreboth HISTTIMEFORMAT='%F %T  '
PROMPT_COMMAND='history -a'
# shellcheck disable=SC1091 # made by the build
. /run/lifeboot/lib/lifeboot/completion.bash
