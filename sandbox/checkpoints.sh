# What checkpoints run inside a sandbox, with bash and git. Before it, `store` and `workspace` are set.

export LC_ALL=C HOME=$store XDG_CONFIG_HOME=$store GIT_DIR=$store GIT_WORK_TREE=$workspace
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
umask 022
mkdir -p "$workspace" && cd "$workspace" || exit 1
rm -f "$store/index.lock" # a git that was killed leaves it behind, and nobody else uses this store

# Make the index say what the workspace holds. Arguments are options for git. Status 1, with git's words on standard
# error, if something is in the way that is not the agent's own doing.
stage() {
  local said code=0
  said=$(git "$@" add -A --ignore-errors 2>&1 >/dev/null) && [[ ! $said ]] && return 0
  enter_repositories
  said=$(git add -A --ignore-errors 2>&1 >/dev/null) || code=$?
  printf '%s\n' "$said" | grep -qvE "$mimosa_expected"
  [[ $? == 1 && $code -le 1 ]] && return 0
  printf '%s\n' "${said:-git add ended with code $code}" >&2
  return 1
}

# Files that the agent made unreadable stay as they were recorded; pipes and sockets are not recorded.
mimosa_expected='^$|^(hint|warning): |Permission denied$|: unable to index file |^error: .* can only add regular files'
mimosa_expected+='|does not have a commit checked out$'

# git takes a repository inside the workspace for a submodule, and nothing in it would be recorded. It goes into it
# like into any folder once one file of it stands in the index; the next `add` takes the made-up file out again.
enter_repositories() {
  local path before='' found round
  local -a nested
  for round in {1..20}; do
    nested=()
    while IFS= read -r -d '' path; do
      [[ $path == */ ]] && nested+=("${path%/}")
    done < <(git ls-files -z --others --exclude-standard)
    while IFS= read -r -d '' path; do
      [[ $path == 160000\ * ]] && nested+=("${path#*$'\t'}")
    done < <(git ls-files -z --stage)
    printf -v found '%q ' "${nested[@]}"
    [[ ${#nested[@]} == 0 || $found == "$before" ]] && return 0
    before=$found
    for path in "${nested[@]}"; do
      git update-index --force-remove -- "$path"
      git update-index --add --cacheinfo "100644,$(git hash-object -w --stdin </dev/null),$path/.mimosa"
    done
    git add -A --ignore-errors >/dev/null 2>&1
  done
}

# Print the tree of the index, and keep it from git's garbage collection. $1 is the last tree.
record() {
  local tree
  tree=$(git write-tree) || return
  [[ $tree == "$1" ]] || git update-ref "refs/mimosa/trees/$tree" "$tree" || return
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
  sweep && git read-tree --reset -u "$1" && sweep
}
