# What checkpoints run besides, where something changed or is brought back; look.sh goes before it.

# Make the index say what the workspace holds. Arguments are options for git.
stage() {
  local round
  local -a changed nested taken gone
  [[ $# != 0 ]] || meet_files
  look "$@" || return
  [[ ${#changed[@]} == 0 ]] && return
  : >"$unrecorded"
  for round in {1..20}; do
    git "$@" update-index -q --refresh >/dev/null 2>&1 # it only spares reading: what is wrong shows in the next line
    look "$@" || return
    sort_out
    if [[ ${#gone[@]} != 0 ]]; then
      printf '%s\0' "${gone[@]}" | git update-index -z --force-remove --stdin || return
    fi
    if [[ ${#taken[@]} != 0 ]]; then
      printf '%s\0' "${taken[@]}" | git update-index -z --add --remove --replace --stdin || return
    fi
    [[ ${#nested[@]} == 0 ]] && return
    enter_nested || return
  done
  echo 'repositories lie in each other more than 20 deep' >&2
  return 1
}

# Divide `changed` into what is `taken` into the index, what is `gone` from it, and repositories, `nested`. The rest
# stays as it was recorded last: files over the limit or unreadable, pipes, sockets, and what lies in closed folders.
sort_out() {
  local path
  local -A large=()
  local -a regular=()
  nested=() taken=() gone=()
  for path in "${changed[@]}"; do
    if [[ $path == */ ]]; then
      nested+=("$path")
    elif [[ -L $path ]]; then
      taken+=("$path")
    elif [[ -f $path ]]; then
      [[ -r $path ]] && regular+=("$path")
    elif [[ -d $path ]]; then
      gone+=("$path")
    elif [[ ! -e $path ]] && open_above "$path"; then
      gone+=("$path")
    fi
  done
  [[ ${#regular[@]} == 0 ]] && return
  while IFS= read -r -d '' path; do large[$path]=1; done < <(
    printf './%s\0' "${regular[@]}" | xargs -0 sh -c 'exec find "$@" -maxdepth 0 -size +"$0"c -print0' "$limit"
  )
  for path in "${regular[@]}"; do
    [[ ${large[./$path]:-} ]] || taken+=("$path")
  done
}

# Whether a path that cannot be seen is truly absent: its nearest folder that is there can be looked into.
open_above() {
  local folder=$1
  while [[ $folder == */* ]]; do
    folder=${folder%/*}
    [[ -e $folder ]] && break
  done
  [[ $folder == "$1" || ! -d $folder || -x $folder ]]
}

# git takes a repository inside the workspace for a submodule, and nothing in it would be recorded. It goes into it
# like into any folder once one file of it stands in the index; the next round takes the made-up file out again.
enter_nested() {
  local path blob
  blob=$(git hash-object -w --stdin </dev/null) || return
  for path in "${nested[@]}"; do
    git update-index --add --cacheinfo "100644,$blob,$path.mimosa" || return
  done
}

# Print the tree of the index, and keep it from git's garbage collection. $1 is the last tree.
record() {
  local tree
  if [[ $1 && ! -e $unrecorded ]]; then
    printf '%s\n' "$1"
    return
  fi
  tree=$(git write-tree) || return
  [[ $tree == "$1" ]] || git update-ref "refs/mimosa/trees/$tree" "$tree" || return
  rm -f "$unrecorded"
  printf '%s\n' "$tree"
}

# Remove what is neither in the index nor ignored.
sweep() {
  git clean -ffdq 2>/dev/null && return 0
  git ls-files -z --others --directory --exclude-standard | xargs -0 -r chmod -R u+rwX -- 2>/dev/null
  git clean -ffdq
}

# Bring back the files of tree $1. Swept twice: another .gitignore may have hidden files that the old one does not.
bring_back() {
  : >"$unrecorded"
  sweep && git read-tree --reset -u "$1" && sweep
}

# Begin to record: what lies in the workspace and is not of the snapshot is ignored from now on, by lines that match
# exactly these paths. Arguments are options for git.
begin() {
  local alternates=$workspace/.git/objects/info/alternates
  # A pattern is a line, so a line break in a name is matched by the sign for any character.
  git ls-files -z --others --directory |
    sed -z -e 's/[\\*?[ !#]/\\&/g' -e 's/[\n\r]/?/g' -e 's,^,/,' | tr '\0' '\n' >>"$store/info/exclude"
  [[ "${PIPESTATUS[*]}" == '0 0 0' ]] || return 1
  # Absolute, so that a copy of the workspace anywhere in the sandbox still finds its history.
  [[ ! -e $alternates ]] || echo "$store/objects" >"$alternates"
  stage "$@" && record '' && : >"$unfamiliar"
}
