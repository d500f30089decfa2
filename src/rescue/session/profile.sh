# Read by every interactive rescue shell ($ENV). The prompt says where the boot stands.
lifeboot_where() {
  where=
  { read -r where </run/lifeboot/prompt; } 2>/dev/null
  echo "${where:+ $where}"
}
# shellcheck disable=SC2016 # expanded at each prompt
PS1='[rescue$(lifeboot_where)] $PWD # '
HISTFILE=/run/lifeboot/.history
alias ll='ls -l'
