# What every checkpoint runs inside a sandbox, with bash and git. Before it, `store`, `workspace` and `limit` are set; the
# limit is the size in bytes above which a file is not recorded. Short, as it is sent each time: see checkpoints.sh.

export LC_ALL=C HOME=$store XDG_CONFIG_HOME=$store GIT_DIR=$store GIT_WORK_TREE=$workspace
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
umask 022
[[ -d $workspace ]] || mkdir -p "$workspace"
cd "$workspace" || exit 1
# A git that was killed leaves it behind, and nobody else uses this store.
[[ ! -e $store/index.lock ]] || rm -f "$store/index.lock"
unrecorded=$store/unrecorded # this file is there while the index may differ from the tree that was recorded last

unfamiliar=$store/unfamiliar # this file is there while the index knows the files from the host alone

# Status 0 if the workspace is for certain as it was recorded last. Most steps of an agent change nothing, and a
# checkpoint follows each: no program but one git is started.
unchanged() {
  local -a changed
  meet_files
  look && [[ ${#changed[@]} == 0 && ! -e $unrecorded ]]
}

# Have git read each file once: it need not again as long as its times, its place and its owner stay the same.
meet_files() {
  [[ -e $unfamiliar ]] || return
  git update-index -q --refresh >/dev/null 2>&1
  rm -f "$unfamiliar"
}

# Set `changed` to the paths in which the workspace differs from the index.
look() {
  # The mark at the end says that git got there: bash does not always know how such a process ended.
  mapfile -d '' -t changed < <(
    git "$@" ls-files -z --others --modified --deleted --exclude-standard && printf '//\0'
  )
  [[ ${#changed[@]} != 0 && ${changed[-1]} == // ]] || return 1
  unset 'changed[-1]'
}
