#compdef posternctl

_arguments \
'--socket[socket of Postern'\''s --control]:PATH:_files' \
'--json[status: print one JSON object]' \
'--watch[status: repeat every second until interrupted]' \
'--yes[restore: do not ask for confirmation]' \
'--api[migrate, copy, compare: file that declares the API]:FILE:_files' \
'--database[migrate, import: database]:FILE:_files' \
'--apply[migrate: run the plan]' \
'--output[import: file for the declaration]:FILE:_files' \
'--writes[compare: also create, change and delete rows]' \
'--requests[compare: send as many requests]:NUMBER:' \
'--seed[compare: choose other values and rows]:NUMBER:' \
'--all[compare: print every difference]' \
'--help[print a help text and exit]' \
'--version[print the version and exit]' \
'1:COMMAND:(status reload stop workers checkpoint backup restore migrate copy import compare)' \
'2:FILE:_files' \
'3:FILE:_files' \
&& return 0
