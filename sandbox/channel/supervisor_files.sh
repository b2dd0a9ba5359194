# What the supervisor does with files: parts of outputs, whole files, and files replaced in one step.

# mimosa_fetch PATH FROM HEAD TAIL: of the bytes from offset FROM on, the first HEAD and the last TAIL, or all if
# they are no more than that. Replies 0 SIZE, where SIZE is the file's; 11 if there is no room for a process.
mimosa_fetch() {
  local path=$1 from=$2 head=$3 tail=$4 size rest chunk
  [[ -f $path && -s $path ]] || { mimosa_reply 0 0; return; }
  if ((from == 0)) && ! IFS= read -r -d '' -n 2048 chunk <"$path" && ((${#chunk} < 2048)); then
    printf %s "$chunk" # all of it, up to the end of the file, and no NUL in it
    mimosa_reply 0 "${#chunk}"
    return
  fi
  mimosa_room || { mimosa_reply 11; return; }
  size=$(stat -c %s -- "$path") rest=$((size - from))
  if ((rest > head + tail)); then
    mimosa_range "$path" "$from" "$head"
    mimosa_range "$path" "$((size - tail))" "$tail"
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
  (trap '' XFSZ; mimosa_decode "$2" >>"$1") 2>&1
  mimosa_reply $?
}

# mimosa_decode BASE64: print the data. If that fails bash prints the text itself, for the reason that base64 does
# not give: there is even less room for it.
mimosa_decode() {
  set -o pipefail
  printf %s "$1" | base64 -d || { printf %s "$1"; return 1; }
}

# mimosa_write PATH STAGED BASE64: make or replace the file with what file STAGED holds (if it is not empty) and
# the data after it, in one step. Status 1 and the system's words if it cannot.
mimosa_write() {
  mimosa_make_room 0
  (trap '' XFSZ; mimosa_replace "$@") 2>&1
  mimosa_reply $?
}

mimosa_replace() {
  local path=$1 mode='' folder fresh
  if [[ -L $path ]] && ! path=$(readlink -f -- "$path"); then
    echo ': Too many levels of symbolic links'
    return 1
  fi
  if [[ -d $path ]]; then echo ': Is a directory'; return 1; fi
  if [[ -e $path && ! -f $path ]]; then echo ': Invalid argument'; return 1; fi
  if [[ -e $path && ! -w $path ]]; then echo ': Permission denied'; return 1; fi
  folder=${path%/*}/
  [[ -d $folder ]] || mkdir -p -- "$folder" || return 1
  if [[ -e $path ]]; then mode=$(stat -c %a -- "$path") || return 1; fi
  fresh=$folder.mimosa-$BASHPID-$RANDOM$RANDOM
  if (set -C; { [[ -z $2 ]] || cat -- "$2"; } && mimosa_decode "$3") >"$fresh" &&
    { [[ -z $mode ]] || chmod -- "$mode" "$fresh"; } && mv -f -- "$fresh" "$path"; then
    return 0
  fi
  rm -f -- "$fresh"
  return 1
}
