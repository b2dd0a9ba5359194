# What a shell does before its command: it waits for one, and has nothing to do any more but to run it. It is told
# all through its input, so that no file is needed (the disk may be full) and `pkill -f` does not find a command's
# words in the arguments of the shell that runs it. `supervisor.sh` starts it; MIMOSA_NAMES are the variables that it
# starts with, MIMOSA_BEGUN says that the first line of its input was read already.
#
# What it leaves to the next command is written over what is there, as making or emptying a file takes ten times as
# long: `return` and NUL end what counts. SAVE.cwd comes last and names the command, so that a torn state is known.

{ echo 500 >/proc/self/oom_score_adj; } 2>/dev/null
__mimosa_names=($MIMOSA_NAMES)
set -- "$MIMOSA_BEGUN"
unset -v MIMOSA_NAMES MIMOSA_BEGUN MIMOSA_PRELUDE
[[ $1 ]] || IFS= read -r __mimosa_line || exit
IFS= read -r -d "" __mimosa_folder || exit
IFS= read -r -d "" __mimosa_load || exit
IFS= read -r -d "" __mimosa_save || exit
IFS= read -r -d "" __mimosa_number || exit
IFS= read -r -d "" __mimosa_output || exit
IFS= read -r -d "" __mimosa_errors || exit
IFS= read -r -d "" __mimosa_command || exit
exec </dev/null
{ exec >>"$__mimosa_output"; } 2>/dev/null || exec >/dev/null
if [[ $__mimosa_errors ]]; then exec 2>>"$__mimosa_errors"; else exec 2>&1; fi
cd -- "$__mimosa_folder" 2>/dev/null || cd /
if [[ $__mimosa_load ]]; then . "$__mimosa_load" 2>/dev/null; else unset -v OLDPWD; fi
__mimosa_end() {
  __mimosa_code=$?
  builtin set +vxeu
  builtin trap - DEBUG ERR RETURN
  if [[ $__mimosa_save ]]; then
    {
      for __mimosa_line in "${__mimosa_names[@]}"; do
        [[ ${!__mimosa_line@a} == *x* ]] || builtin echo "unset -v $__mimosa_line"
      done
      builtin export -p
      builtin echo return
    } 1<>"$__mimosa_save.env"
    builtin cd .
    builtin printf "%s %s\0" "$__mimosa_number" "$PWD" 1<>"$__mimosa_save.cwd"
    __mimosa_save=
  fi
}
trap "{ __mimosa_end; } >/dev/null 2>&1" EXIT
set --
unset -v __mimosa_folder __mimosa_load __mimosa_output __mimosa_errors
SECONDS=0
