# The supervisor: one bash at the far end of three pipes, inside the sandbox.
#
# Standard input brings requests, each a line with its length in bytes and then that many bytes of shell code,
# which calls the functions below. Standard output carries the replies, in the order of the requests: payload,
# a newline, the secret of this channel, a status, fields, a newline. Standard error carries notices, one short
# line each, written whole:
#     pid N PID MOVED       command N runs; PID is its process, group and session; MOVED is 1 if its folder was gone
#     end N CODE SAVED KEPT SOME
#                           command N ended; SAVED is 1 if its variables were stored, KEPT is 1 if its output could be
#                           stored, SOME is 1 if there was any
#     lost N                command N was ended together with everything else
#     crowded N             so many processes were left behind that all had to be ended before N could start
#
# Only this process writes replies, and it never waits for a command: each has a waiter, a subshell of its own.
# As a command may be a fork bomb, nothing here forks unless `mimosa_room` says that it can.
#
# The host sets first: mimosa_secret, mimosa_path (where the tools below are), mimosa_workspace, mimosa_mark,
# mimosa_sole (1 if every process of this user in this PID namespace belongs to the sandbox), mimosa_file_kib,
# mimosa_names and the function mimosa_environment (the variables that a command starts with).

while read -r mimosa_name; do unset -v "$mimosa_name"; done < <(compgen -e)
PATH=$mimosa_path
LC_ALL=C
umask 022
set -m # children get groups of their own; and without it bash would have them ignore SIGINT
mimosa_signals='HUP INT QUIT TERM PIPE ALRM USR1 USR2'
trap : $mimosa_signals # caught, not ignored: what is ignored stays ignored in every command
exec {mimosa_notices}>&2 2>/dev/null
ulimit -c 0
[[ $mimosa_file_kib ]] && ulimit -f "$mimosa_file_kib"
declare -A mimosa_waiters=()
mimosa_setsid=$(type -P setsid)
mimosa_bash=$(type -P bash)

mimosa_pids='' mimosa_most=0
for mimosa_folder in /sys/fs/cgroup /sys/fs/cgroup/pids; do
  [[ $mimosa_sole == 1 && -r $mimosa_folder/pids.current && -r $mimosa_folder/pids.max ]] || continue
  read -r mimosa_most <"$mimosa_folder/pids.max"
  [[ $mimosa_most == max ]] || mimosa_pids=$mimosa_folder/pids.current
done

# What a command's own bash does first. It arrives in the environment, so that it needs no file (the disk may be
# full) and `pkill -f` does not find a command's words in the arguments of the shell that runs it.
mimosa_prelude='
__mimosa_save=$MIMOSA_SAVE __mimosa_command= __mimosa_code=0
for ((__mimosa_i = 0; __mimosa_i < MIMOSA_PIECES; __mimosa_i++)); do
  __mimosa_name=MIMOSA_COMMAND_$__mimosa_i
  __mimosa_command+=${!__mimosa_name}
  unset -v "$__mimosa_name"
done
set -- "$MIMOSA_LOAD" "$MIMOSA_NAMES"
unset -v MIMOSA_SAVE MIMOSA_PIECES MIMOSA_LOAD MIMOSA_NAMES MIMOSA_PRELUDE __mimosa_i __mimosa_name
if [[ $1 && -r $1.env ]]; then
  unset -v $2
  . "$1.env" 2>/dev/null
fi
set --
__mimosa_end() {
  __mimosa_code=$?
  builtin set +vxeu
  builtin trap - DEBUG ERR RETURN
  if [[ $__mimosa_save ]]; then
    builtin export -p >|"$__mimosa_save.env" && builtin pwd >|"$__mimosa_save.cwd"
    __mimosa_save=
  fi
}
trap "{ __mimosa_end; } >/dev/null 2>&1" EXIT
{ echo 500 >/proc/self/oom_score_adj; } 2>/dev/null
'
mimosa_boot='eval "$MIMOSA_PRELUDE"
eval "$__mimosa_command"; { __mimosa_end; } >/dev/null 2>&1; builtin exit "$__mimosa_code"'

mimosa_reply() { printf '\n%s %s\n' "$mimosa_secret" "$*"; }

# The programs that are missing, of those needed here. Status 0.
mimosa_hello() {
  local name
  for name in setsid bash stat head tail cat base64 mkdir mv rm chmod readlink; do
    type -P "$name" >/dev/null || printf '%s ' "$name"
  done
  mimosa_reply 0
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

# End all that the commands started, in whatever group, and say which commands that were.
mimosa_sweep() {
  local number process words
  if [[ $mimosa_sole == 1 ]]; then
    kill -KILL -1 # all but this process
  else
    for process in /proc/[0-9]*; do
      IFS= read -r -N 200000 words <"$process/environ"
      [[ $words == *"MIMOSA_SANDBOX=$mimosa_mark"* ]] && kill -KILL "${process#/proc/}"
    done
  fi
  for number in "${!mimosa_waiters[@]}"; do
    kill -KILL "${mimosa_waiters[$number]}"
    printf 'lost %s\n' "$number" >&"$mimosa_notices"
  done
  mimosa_waiters=()
}

# Make room by force: a command left a crowd behind that fills the sandbox to its limit of processes.
mimosa_make_room() {
  local since=$SECONDS
  mimosa_room && return
  mimosa_sweep
  printf 'crowded %s\n' "$1" >&"$mimosa_notices"
  until mimosa_room || ((SECONDS - since > 5)); do :; done
}

# mimosa_start NUMBER LOAD SAVE OUTPUT ERRORS PIECE...: start a command, given in pieces. LOAD and SAVE are the
# path stems of the state to begin with and to leave, empty for none; ERRORS is a file, empty to merge. No reply.
mimosa_start() {
  local number=$1 load=$2 save=$3 output=$4 errors=$5 moved=0 folder=$mimosa_workspace kept=1 code
  local saved=0 some=0 i
  shift 5
  mimosa_make_room "$number"
  if [[ $save ]]; then : >|"$save.cwd"; fi
  if [[ $errors ]]; then : >|"$output" >|"$errors"; fi
  (
    trap : $mimosa_signals # a waiter outlives what a command sends to every process
    : >>"$output" || kept=0 output=/dev/null
    (
      [[ $load && -s $load.cwd ]] && IFS= read -r -d '' folder <"$load.cwd"
      export PWD
      cd -- "${folder%$'\n'}" || { moved=1; cd -- "$mimosa_workspace" || cd /; }
      printf 'pid %s %s %s\n' "$number" "$BASHPID" "$moved" >&"$mimosa_notices"
      exec {mimosa_notices}>&-
      export MIMOSA_PRELUDE=$mimosa_prelude MIMOSA_LOAD=$load MIMOSA_SAVE=$save MIMOSA_PIECES=$# \
        MIMOSA_NAMES=$mimosa_names
      for ((i = 0; $# > 0; i++)); do
        export "MIMOSA_COMMAND_$i=$1"
        shift
      done
      exec </dev/null >>"$output"
      if [[ $errors ]]; then exec 2>>"$errors"; else exec 2>&1; fi
      unset -v LC_ALL
      mimosa_environment
      exec "$mimosa_setsid" "$mimosa_bash" -c "$mimosa_boot" bash
    )
    code=$?
    [[ $save && -s $save.cwd ]] && saved=1
    [[ -s $output || -s $errors ]] && some=1
    printf 'end %s %s %s %s %s\n' "$number" "$code" "$saved" "$kept" "$some" >&"$mimosa_notices"
  ) >/dev/null </dev/null &
  mimosa_waiters[$number]=$!
}

# mimosa_signal SIGNAL PID: signal a command's whole group; the status is 0 if the group still has a member.
mimosa_signal() {
  kill -"$1" -- "-$2"
  kill -0 -- "-$2"
  mimosa_reply $?
}

# mimosa_look NUMBER: status 0 if the command's waiter lives.
mimosa_look() {
  [[ ${mimosa_waiters[$1]} ]] && kill -0 "${mimosa_waiters[$1]}"
  mimosa_reply $?
}

# mimosa_forget NUMBER: the host knows that the command ended. No reply.
mimosa_forget() { unset "mimosa_waiters[$1]"; }

# mimosa_fetch PATH FROM HEAD TAIL: of the bytes from offset FROM on, the first HEAD and the last TAIL, or all if
# they are no more than that. Replies 0 SIZE, where SIZE is the file's; 11 if there is no room for a process.
mimosa_fetch() {
  local path=$1 from=$2 head=$3 tail=$4 size rest chunk
  [[ -f $path && -s $path ]] || { mimosa_reply 0 0; return; }
  mimosa_room || { mimosa_reply 11; return; }
  size=$(stat -c %s -- "$path") rest=$((size - from))
  if ((rest > head + tail)); then
    mimosa_range "$path" "$from" "$head"
    mimosa_range "$path" "$((size - tail))" "$tail"
  elif ((from == 0 && size <= 4096)) && IFS= read -r -N "$size" chunk <"$path" && ((${#chunk} == size)); then
    printf %s "$chunk" # no NUL in it, or it would have come out shorter
  elif ((rest > 0)); then
    mimosa_range "$path" "$from" "$rest"
  fi
  mimosa_reply 0 "$size"
}

# mimosa_range PATH FROM COUNT: that part of a regular file.
mimosa_range() {
  if (($3 == 0)); then return; fi
  if (($2 == 0)); then
    head -c "$3" -- "$1"
  else
    tail -c "+$(($2 + 1))" -- "$1" | head -c "$3"
  fi
}

# mimosa_clear PATH...: empty files of Mimosa's own. No reply.
mimosa_clear() {
  local path
  for path; do : >|"$path"; done
}

# mimosa_read PATH: the bytes of a regular file; or status 1 and the system's words after a colon.
mimosa_read() {
  local error
  mimosa_make_room 0
  if [[ -d $1 ]]; then
    error=': Is a directory'
  elif [[ -e $1 && ! -f $1 ]]; then
    error=': Invalid argument'
  elif error=$({ : <"$1"; } 2>&1); then
    cat -- "$1"
    mimosa_reply 0
    return
  fi
  printf %s "$error"
  mimosa_reply 1
}

# mimosa_append PATH BASE64: grow a file. Status 1 and the system's words if it cannot.
mimosa_append() {
  mimosa_make_room 0
  (set -o pipefail; printf %s "$2" | base64 -d >>"$1") 2>&1
  mimosa_reply $?
}

# mimosa_write PATH STAGED BASE64: make or replace the file with what file STAGED holds (if it is not empty) and
# the data after it, in one step. Status 1 and the system's words if it cannot.
mimosa_write() {
  mimosa_make_room 0
  (mimosa_replace "$@") 2>&1
  mimosa_reply $?
}

mimosa_replace() {
  local path=$1 mode='' folder fresh
  if [[ -L $path ]] && ! path=$(readlink -f -- "$path"); then echo ': Too many levels of symbolic links'; return 1; fi
  if [[ -d $path ]]; then echo ': Is a directory'; return 1; fi
  if [[ -e $path && ! -f $path ]]; then echo ': Invalid argument'; return 1; fi
  if [[ -e $path && ! -w $path ]]; then echo ': Permission denied'; return 1; fi
  folder=${path%/*}/
  [[ -d $folder ]] || mkdir -p -- "$folder" || return 1
  if [[ -e $path ]]; then mode=$(stat -c %a -- "$path") || return 1; fi
  fresh=$folder.mimosa-$BASHPID-$RANDOM$RANDOM
  if (set -C -o pipefail; { [[ -z $2 ]] || cat -- "$2"; printf %s "$3" | base64 -d; } >"$fresh") &&
    { [[ -z $mode ]] || chmod -- "$mode" "$fresh"; } && mv -f -- "$fresh" "$path"; then
    return 0
  fi
  rm -f -- "$fresh"
  return 1
}
