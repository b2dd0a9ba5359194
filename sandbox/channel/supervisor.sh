# The supervisor: one bash at the far end of three pipes, inside the sandbox.
#
# Standard input brings requests, each a line with its length in bytes and then that many bytes of shell code,
# which calls the functions below. Standard output carries the replies, in the order of the requests: payload,
# a newline, the secret of this channel, a status, fields, a newline. Standard error carries notices, one short
# line each, written whole:
#     end N CODE SAVED KEPT SOME
#                           command N ended; SAVED is 1 if its state was stored, KEPT is 1 if its output could be,
#                           SOME is 1 if there was any
#     lost N                command N was ended together with everything else
#     starved N             while command N ran, the kernel killed a process for want of memory
#     moved N               the folder that command N should run in is gone, so it runs in the workspace
#     crowded N             so many processes were left behind that all had to be ended before N could start
#
# Only this process writes replies, and it never waits for a command: waiters do, subshells that each start one
# shell after the other, always a command ahead.
# As a command may be a fork bomb, nothing here forks unless `mimosa_room` says that it can.
#
# The host sets first: mimosa_secret, mimosa_path (where the tools below are), mimosa_workspace, mimosa_home,
# mimosa_mark (the value of MIMOSA_SANDBOX in its processes where it is not the sole tenant),
# mimosa_sole (1 if every process of this user in this PID namespace belongs to the sandbox), mimosa_file_kib,
# mimosa_names and the function mimosa_environment (the variables that a first command starts with; their export),
# mimosa_prelude (command_shell.sh). supervisor_files.sh is evaluated after this.

# Nothing forks before `mimosa_hello` has made room: the last supervisor may have died in a crowd.
for mimosa_letter in {A..Z} {a..z} _; do
  eval "mimosa_found=(\${!$mimosa_letter@})"
  for mimosa_name in "${mimosa_found[@]}"; do
    [[ ${!mimosa_name@a} == *x* ]] && unset -v "$mimosa_name"
  done
done
PATH=$mimosa_path
LC_ALL=C
umask 022
set -m # children get groups of their own; and without it bash would have them ignore SIGINT
mimosa_signals='HUP INT QUIT TERM PIPE ALRM USR1 USR2'
trap : $mimosa_signals # caught, not ignored: what is ignored stays ignored in every command
exec {mimosa_notices}>&2 2>/dev/null
ulimit -c 0
[[ $mimosa_file_kib ]] && ulimit -f "$mimosa_file_kib"
declare -A mimosa_inputs=()                   # by waiter: the pipe to it and to the shell that it has prepared
declare -A mimosa_waiters=() mimosa_groups=() # by command: its waiter, and its process group once that is needed
mimosa_idle=()                                # waiters without a command
mimosa_tag=$RANDOM$RANDOM$RANDOM              # ends the shell's part of what goes through a pipe
hash setsid bash
mimosa_setsid=${BASH_CMDS[setsid]} mimosa_bash=${BASH_CMDS[bash]}

mimosa_pids='' mimosa_most=0
for mimosa_folder in /sys/fs/cgroup /sys/fs/cgroup/pids; do
  [[ $mimosa_sole == 1 && -r $mimosa_folder/pids.current && -r $mimosa_folder/pids.max ]] || continue
  read -r mimosa_most <"$mimosa_folder/pids.max"
  [[ $mimosa_most == max ]] || mimosa_pids=$mimosa_folder/pids.current
done

mimosa_events=''
for mimosa_file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
  if [[ $mimosa_sole == 1 && -r $mimosa_file ]]; then mimosa_events=$mimosa_file; fi
done

# All on line 1, so that bash counts a command's own lines from 1 in what it says of errors.
mimosa_boot='eval "$MIMOSA_PRELUDE"; eval "$__mimosa_command"; '
mimosa_boot+='{ __mimosa_end; } >/dev/null 2>&1; builtin exit "$__mimosa_code"'

mimosa_reply() { printf '\n%s %s\n' "$mimosa_secret" "$*"; }

# mimosa_hello [again]: the programs that are missing, of those needed here. Status 0. `again`: there was a
# supervisor before, and nothing of what it started may go on, as nobody would know of it.
mimosa_hello() {
  local name
  if [[ $1 == again ]]; then
    mimosa_sweep
    mimosa_make_room 0
  fi
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) || printf 'bash-4.4 '
  for name in setsid bash stat head tail cat base64 mkdir mv rm chmod readlink; do
    type -P "$name" >/dev/null || printf '%s ' "$name"
  done
  mimosa_reply 0
  mimosa_prepare
}

mimosa_serve() {
  local length request
  while IFS= read -r length && IFS= read -r -N "$length" request; do eval "$request"; done
  mimosa_sweep # the host went away
}

# Is there room for the few processes that a request needs? Answers without a fork.
mimosa_room() {
  local now
  [[ $mimosa_pids ]] || return 0
  read -r now <"$mimosa_pids" && ((now + 8 < mimosa_most))
}

# Set `kills` of the caller to how many processes the kernel killed here for want of memory. Without a fork.
mimosa_count_kills() {
  local name count
  kills=0
  [[ $mimosa_events ]] || return
  while read -r name count; do
    if [[ $name == oom_kill ]]; then kills=$count; fi
  done <"$mimosa_events"
}

# End all that the commands started, in whatever group, and say which commands that were.
mimosa_sweep() {
  local number waiter
  for number in "${!mimosa_waiters[@]}"; do printf 'lost %s\n' "$number" >&"$mimosa_notices"; done
  for waiter in "${!mimosa_inputs[@]}"; do # first, so that they start nothing more
    kill -KILL "$waiter"
    mimosa_drop "$waiter"
  done
  mimosa_waiters=() mimosa_groups=() mimosa_idle=()
  if [[ $mimosa_sole == 1 ]]; then
    kill -KILL -1 # all but this process
  else
    for number in {1..20}; do mimosa_sweep_marked && break; done # what forks while this looks is met again
  fi
}

# One round of killing what carries the mark; status 0 if there was nothing left to kill.
mimosa_sweep_marked() {
  local process words left=0
  for process in /proc/[0-9]*; do
    words=''
    IFS= read -r -N 200000 words <"$process/environ"
    [[ $words == *"MIMOSA_SANDBOX=$mimosa_mark"* ]] && kill -KILL "${process#/proc/}" && left=1
  done
  return "$left"
}

# Make room by force: a command left a crowd behind that fills the sandbox to its limit of processes.
mimosa_make_room() {
  local since=$SECONDS
  mimosa_room && return
  mimosa_sweep
  printf 'crowded %s\n' "$1" >&"$mimosa_notices"
  until mimosa_room || ((SECONDS - since > 5)); do :; done
}

# Start a waiter, which starts a shell: a new process costs milliseconds, which pass here while nobody waits.
mimosa_prepare() {
  local input
  exec {input}> >(mimosa_wait)
  mimosa_inputs[$!]=$input
  mimosa_idle+=("$!")
}

# Forget a waiter; its shell, if it has no command, ends as its input does.
mimosa_drop() {
  local input=${mimosa_inputs[$1]}
  [[ ! $input ]] || exec {input}>&-
  unset "mimosa_inputs[$1]"
}

# What a waiter does: prepare a shell, wait for its end, say how it ended, and so on. A shell that was killed
# before it had a command is replaced when the command comes.
mimosa_wait() {
  local input line code number save output saved kept some kills before
  trap : $mimosa_signals # outlives what a command sends to every process
  exec >/dev/null
  for input in "${mimosa_inputs[@]}"; do exec {input}>&-; done
  while :; do
    if mimosa_room; then
      mimosa_shell ''
      code=$?
    fi
    IFS= read -r line || return # the supervisor is gone
    if [[ $line == run ]]; then
      mimosa_shell begun
      code=$?
    fi
    until [[ $line == *"$mimosa_tag" ]]; do IFS= read -r line || return; done # skips what a shell did not read
    IFS= read -r -d '' number
    IFS= read -r -d '' before
    IFS= read -r -d '' save
    IFS= read -r -d '' output
    saved=0 kept=0 some=0
    [[ $save ]] && read -r -d '' line <"$save.cwd" && [[ $line == "$number "* ]] && saved=1
    [[ -e $output ]] && kept=1
    [[ -s $output ]] && some=1
    if ((code)); then # for want of what?
      if ! echo >|"$mimosa_home/run/probe"; then kept=0; fi
      mimosa_count_kills
      if ((kills > before)); then printf 'starved %s\n' "$number" >&"$mimosa_notices"; fi
    fi
    printf 'end %s %s %s %s %s\n' "$number" "$code" "$saved" "$kept" "$some" >&"$mimosa_notices"
  done
}

# mimosa_shell BEGUN: run one shell in a session of its own. BEGUN says that the first line of its input was read.
mimosa_shell() (
  exec {mimosa_notices}>&-
  mimosa_environment
  export MIMOSA_PRELUDE=$mimosa_prelude MIMOSA_NAMES=$mimosa_names MIMOSA_BEGUN=$1
  exec "$mimosa_setsid" "$mimosa_bash" -c "$mimosa_boot" bash
)

# mimosa_start NUMBER LOAD SAVE OUTPUT ERRORS COMMAND: run a command. LOAD and SAVE are the path stems of the state
# to begin with and to leave, empty for none; ERRORS is a file, empty to merge. No reply.
mimosa_start() {
  local number=$1 load=$2 save=$3 output=$4 errors=$5 command=$6 folder='' waiter kills
  mimosa_make_room "$number"
  mimosa_count_kills
  if [[ $errors ]]; then : >|"$output" >|"$errors"; fi
  [[ $load ]] && IFS= read -r -d '' folder <"$load.cwd"
  folder=${folder#* }
  if [[ ! -d ${folder:=$mimosa_workspace} || ! -x $folder ]]; then
    folder=$mimosa_workspace
    printf 'moved %s\n' "$number" >&"$mimosa_notices"
  fi
  if [[ -r $load.env ]]; then load=$load.env; else load=''; fi
  while :; do
    ((${#mimosa_idle[@]})) || mimosa_prepare
    waiter=${mimosa_idle[0]}
    mimosa_idle=("${mimosa_idle[@]:1}")
    kill -0 "$waiter" && {
      printf 'run\n%s\0%s\0%s\0%s\0%s\0%s\0%s\0' \
        "$folder" "$load" "$save" "$number" "$output" "$errors" "$command" # for the shell
      printf '%s\n%s\0%s\0%s\0%s\0' "$mimosa_tag" "$number" "$kills" "$save" "$output" # for the waiter
    } >&"${mimosa_inputs[$waiter]}" && break
    mimosa_drop "$waiter" # somebody killed it
  done
  mimosa_waiters[$number]=$waiter
  if ((${#mimosa_idle[@]} == 0)) && mimosa_room; then mimosa_prepare; fi
  if ((number > 0)); then : >>"${output%/*}/$((number + 1)).txt"; fi # most likely the next: a new file takes time
}

# mimosa_signal SIGNAL NUMBER: signal a command's whole group; the status is 0 if a member of the group lives.
mimosa_signal() {
  local group
  mimosa_find_group "$2"
  group=${mimosa_groups[$2]}
  [[ $group ]] && kill -"$1" -- "-$group" && kill -0 -- "-$group" && mimosa_lives "$group"
  mimosa_reply $?
}

# mimosa_find_group NUMBER: learn the group of a command, which is its waiter's child. Without a fork.
mimosa_find_group() {
  local stat line fields waiter=${mimosa_waiters[$1]}
  [[ $waiter && ! ${mimosa_groups[$1]} ]] || return
  for stat in /proc/[0-9]*/stat; do
    IFS= read -r line <"$stat" || continue
    fields=(${line##*) }) # state, parent, group (proc(5))
    [[ ${fields[1]} == "$waiter" ]] && mimosa_groups[$1]=${stat//[!0-9]/}
  done
}

# mimosa_lives GROUP: has the group a member that is no zombie? Where init is slow to bury, kill does not tell.
mimosa_lives() {
  local stat line fields
  for stat in /proc/[0-9]*/stat; do
    IFS= read -r line <"$stat" || continue
    fields=(${line##*) })
    [[ ${fields[2]} == "$1" && ${fields[0]} != Z ]] && return 0
  done
  return 1
}

# mimosa_look NUMBER: status 0 if the command's waiter lives.
mimosa_look() {
  [[ ${mimosa_waiters[$1]} ]] && kill -0 "${mimosa_waiters[$1]}"
  mimosa_reply $?
}

# mimosa_forget NUMBER: the host knows that the command ended. No reply.
mimosa_forget() {
  local waiter=${mimosa_waiters[$1]}
  unset "mimosa_waiters[$1]"
  if [[ $waiter ]] && kill -0 "$waiter"; then mimosa_idle+=("$waiter"); else mimosa_drop "$waiter"; fi
}
