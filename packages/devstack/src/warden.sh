# Ends what its parent left behind. Lines on stdin tell it what there is; end of file means that the parent is gone,
# however it went (kill -9 included): the pipe closes with the process.
#   process SIGNAL:PID   end this process with SIGNAL
#   ended SIGNAL:PID     it has ended by itself; the pid may soon be somebody else's
#   folder PATH          remove this folder at the end
trap '' INT TERM HUP
processes=
folders=
while IFS=' ' read -r what value; do
  case $what in
    process) processes="$processes $value" ;;
    ended)
      left=
      for process in $processes; do [ "$process" = "$value" ] || left="$left $process"; done
      processes=$left
      ;;
    folder) folders="$folders$value
" ;;
  esac
done

# A process that has ended but was not yet waited for (a container whose first process reaps late) counts as ended.
is_alive() {
  kill -0 "$1" 2>/dev/null || return 1
  case $(cat "/proc/$1/stat" 2>/dev/null) in *') Z '*) return 1 ;; esac
}

for process in $processes; do kill -s "${process%%:*}" "${process#*:}" 2>/dev/null; done
tries=0
alive=$processes
while [ -n "$alive" ] && [ "$tries" -lt 50 ]; do
  sleep 0.1
  tries=$((tries + 1))
  alive=
  for process in $processes; do is_alive "${process#*:}" && alive=yes; done
done
[ -z "$alive" ] || for process in $processes; do kill -s KILL "${process#*:}" 2>/dev/null; done
printf '%s' "$folders" | while IFS= read -r folder; do rm -rf -- "$folder"; done
